INSERT INTO @accounts@ (account_id) VALUES ($1::@type@) ON CONFLICT DO NOTHING
