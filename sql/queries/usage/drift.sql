-- The counter's column (NULL if it is NULL), its sum with slots, and the count of the rows, in one snapshot, so that they agree.
SELECT
    owner.@key@::pg_catalog.text, owner.@counter@::pg_catalog.int8 OPERATOR(pg_catalog.+) COALESCE(slots.used, 0),
    COALESCE(owner.@counter@::pg_catalog.int8, 0) OPERATOR(pg_catalog.+) COALESCE(slots.used, 0), COALESCE(counted.amount, 0)
FROM @owner@ AS owner
LEFT JOIN (
    SELECT source.owner_key, pg_catalog.sum(source.amount)::pg_catalog.int8 AS amount
    FROM (@sources@) AS source
    WHERE $1 IS NULL OR source.owner_key OPERATOR(pg_catalog.=) $1::@type@
    GROUP BY source.owner_key
) AS counted ON counted.owner_key OPERATOR(pg_catalog.=) owner.@key@
LEFT JOIN (@used@) AS slots ON slots.owner_key OPERATOR(pg_catalog.=) owner.@key@::pg_catalog.text
WHERE ($1 IS NULL OR owner.@key@ OPERATOR(pg_catalog.=) $1::@type@)
    AND (NOT $2 OR owner.@counter@ IS NULL
        OR owner.@counter@::pg_catalog.int8 OPERATOR(pg_catalog.+) COALESCE(slots.used, 0) OPERATOR(pg_catalog.<>) COALESCE(counted.amount, 0))
ORDER BY owner.@key@::pg_catalog.text COLLATE pg_catalog."C" USING OPERATOR(pg_catalog.<)
