-- Rows of the deletion $1 that the caller may delete, as row security shows them to the caller; they are held. The relation has its own
-- name: policies use it.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT @columns@
    FROM @relation@ AS @alias@
    WHERE @alias@.deletion_id OPERATOR(pg_catalog.=) $1 AND @state@
    ORDER BY @order@
    FOR UPDATE
) AS found
