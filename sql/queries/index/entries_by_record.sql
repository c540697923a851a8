-- How many entries of an index each record has: those with a key from $1 on and below $2.
SELECT stored.record_id, pg_catalog.count(*)
FROM @record_index@ AS stored
WHERE stored.key OPERATOR(pg_catalog.>=) $1 AND stored.key OPERATOR(pg_catalog.<) $2
GROUP BY stored.record_id
