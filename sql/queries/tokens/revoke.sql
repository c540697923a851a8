UPDATE @tokens@ AS token SET is_active = false, revoked_at = pg_catalog.clock_timestamp(), updated_at = pg_catalog.now()
WHERE token.id OPERATOR(pg_catalog.=) $1 AND token.revoked_at IS NULL
