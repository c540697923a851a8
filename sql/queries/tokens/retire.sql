UPDATE @tokens@ AS token
SET expires_at = LEAST(token.expires_at, pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) $2), updated_at = pg_catalog.now()
WHERE token.id OPERATOR(pg_catalog.=) $1
