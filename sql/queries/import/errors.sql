-- The rows of an import that have problems.
SELECT failed.row_number, failed.problems, failed.cells, failed.is_failed
FROM @rows@ AS failed
WHERE failed.import_id OPERATOR(pg_catalog.=) $1 AND failed.problems IS NOT NULL
ORDER BY failed.row_index USING OPERATOR(pg_catalog.<)
