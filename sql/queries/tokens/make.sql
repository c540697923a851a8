INSERT INTO @tokens@ (id, account_id, user_id, name, key_id, token_hash, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, pg_catalog.decode($6, 'hex'), pg_catalog.to_jsonb($7::pg_catalog.text[]), $8)
