-- The entries of an index: those with a key from $1 on and below $2.
DELETE FROM @record_index@ AS stored WHERE stored.key OPERATOR(pg_catalog.>=) $1 AND stored.key OPERATOR(pg_catalog.<) $2
