-- Records that hold values under two keys that become one.
SELECT pg_catalog.count(*)
FROM @records@ AS record
WHERE @condition@
    AND (
        SELECT pg_catalog.count(*) OPERATOR(pg_catalog.<>) pg_catalog.count(DISTINCT COALESCE($2 OPERATOR(pg_catalog.->>) field.key, field.key))
        FROM pg_catalog.jsonb_each(record.data) AS field
        WHERE field.value OPERATOR(pg_catalog.<>) 'null')
