INSERT INTO @membership@ (account_id, user_id, role) VALUES ($1, $2, $3)
