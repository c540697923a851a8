INSERT INTO @grants@ (id, account_id, amount, remaining, priority, expires_at, period, period_key, source)
SELECT $1, account.account_id, $3, $3, $4, $5::pg_catalog.timestamptz, $6, rowkit.credit_period($6, pg_catalog.now(), account.time_zone), $7
FROM @accounts@ AS account
WHERE account.account_id OPERATOR(pg_catalog.=) $2::@type@
