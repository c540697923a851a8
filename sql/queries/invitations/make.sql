INSERT INTO @invitations@ (id, account_id, email, role, token_hash, invited_by, expires_at) VALUES ($1, $2, $3, $4, pg_catalog.decode($5, 'hex'), $6, $7)
