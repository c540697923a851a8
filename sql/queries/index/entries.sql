-- The entries of an index: those with a key from $1 on and below $2.
SELECT stored.key, stored.record_id
FROM @record_index@ AS stored
WHERE stored.key OPERATOR(pg_catalog.>=) $1 AND stored.key OPERATOR(pg_catalog.<) $2
