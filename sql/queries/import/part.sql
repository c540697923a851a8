-- One part of a file, or of the rows that were read from it.
SELECT chunk.bytes
FROM @chunks@ AS chunk
WHERE chunk.import_id OPERATOR(pg_catalog.=) $1 AND chunk.kind OPERATOR(pg_catalog.=) $2 AND chunk.part OPERATOR(pg_catalog.=) $3
