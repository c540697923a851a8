-- The parts of a file and how long each is.
SELECT chunk.part, pg_catalog.octet_length(chunk.bytes)
FROM @chunks@ AS chunk
WHERE chunk.import_id OPERATOR(pg_catalog.=) $1 AND chunk.kind OPERATOR(pg_catalog.=) 'file'
ORDER BY chunk.part USING OPERATOR(pg_catalog.<)
