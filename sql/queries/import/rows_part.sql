-- The part that holds a row: its number, and how many rows come before its first.
SELECT chunk.part, chunk.first_row
FROM @chunks@ AS chunk
WHERE chunk.import_id OPERATOR(pg_catalog.=) $1 AND chunk.kind OPERATOR(pg_catalog.=) 'rows' AND chunk.first_row OPERATOR(pg_catalog.<=) $2
ORDER BY chunk.part USING OPERATOR(pg_catalog.>) LIMIT 1
