INSERT INTO @tokens@ (id, account_id, user_id, name, key_id, token_hash, scopes, expires_at, rotated_from_id)
SELECT $2, old.account_id, old.user_id, old.name, $3, pg_catalog.decode($4, 'hex'), old.scopes, COALESCE($5, old.expires_at), old.id
FROM @tokens@ AS old WHERE old.id OPERATOR(pg_catalog.=) $1
