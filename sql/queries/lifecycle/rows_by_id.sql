-- Rows of the deletion $1 by their ids, $2.
SELECT pg_catalog.count(*), pg_catalog.jsonb_agg(found.record_key), @arrays@
FROM (
    SELECT @key_object@ AS record_key, @columns@
    FROM @relation@ AS held
    WHERE held.deletion_id OPERATOR(pg_catalog.=) $1 AND held.id OPERATOR(pg_catalog.=) ANY ($2)
) AS found
