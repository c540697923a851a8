SELECT token.account_id::pg_catalog.uuid, token.user_id::pg_catalog.uuid, token.scopes::pg_catalog.jsonb,
    token.is_active AND token.revoked_at IS NULL AND COALESCE(token.expires_at OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp(), true)
FROM @tokens@ AS token WHERE token.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE
