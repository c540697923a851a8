-- The mapping of the last import of a header into the table that the caller sees.
SELECT import.mapping
FROM @imports@ AS import
WHERE import.table_id OPERATOR(pg_catalog.=) $1 AND import.header_key OPERATOR(pg_catalog.=) $2 AND import.mapping IS NOT NULL
    AND import.state OPERATOR(pg_catalog.=) ANY (ARRAY['done', 'running'])
ORDER BY import.id USING OPERATOR(pg_catalog.>) LIMIT 1
