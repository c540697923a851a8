SELECT
    pg_catalog.count(*), pg_catalog.sum(slot.room)::pg_catalog.int8,
    pg_catalog.count(*) FILTER (
        WHERE (slot.room IS NULL OR slot.room OPERATOR(pg_catalog.>=) GREATEST($3, 0))
            AND EXISTS (
                SELECT
                FROM @owner@ AS owner
                WHERE owner.@key@ OPERATOR(pg_catalog.=) $2::@type@
                    AND (@limit@)::pg_catalog.int8 IS NOT DISTINCT FROM slot.capacity)),
    pg_catalog.count(*) FILTER (WHERE slot.xmax::pg_catalog.text OPERATOR(pg_catalog.=) $4)
FROM @slots@ AS slot
WHERE slot.counter OPERATOR(pg_catalog.=) $1 AND slot.owner_key OPERATOR(pg_catalog.=) $2
