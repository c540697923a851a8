-- The next entries of an index between two keys ($1, $2), in one direction.
SELECT entry.key, entry.record_id
FROM @record_index@ AS entry
WHERE entry.key OPERATOR(pg_catalog.>=) $1 AND entry.key OPERATOR(pg_catalog.<) $2 @after@
ORDER BY entry.key @direction@, entry.record_id @direction@
LIMIT @most@
