-- The casts change nothing of a table as it should be, and let no value of another type through.
SELECT token.id::pg_catalog.uuid, token.account_id::pg_catalog.uuid, token.user_id::pg_catalog.uuid,
    token.scopes::pg_catalog.jsonb, token.token_hash::pg_catalog.bytea,
    token.is_active AND token.revoked_at IS NULL AND COALESCE(token.expires_at OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp(), true) @live@,
    COALESCE(token.last_used_at OPERATOR(pg_catalog.<=) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 minute'::pg_catalog.interval), true),
    @role@, @scopes@
FROM @tokens@ AS token @members@
WHERE token.key_id OPERATOR(pg_catalog.=) $1
