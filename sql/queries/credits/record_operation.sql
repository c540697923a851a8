INSERT INTO @operations@ (id, account_id, kind, amount, action, idempotency_key, request, status, expires_at, original_operation_id)
VALUES ($1, $2::@type@, $3, $4, $5, $6, $7::pg_catalog.jsonb, $8, pg_catalog.now() OPERATOR(pg_catalog.+) $9::pg_catalog.interval, $10)
