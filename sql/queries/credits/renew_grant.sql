UPDATE @grants@ AS held
SET remaining = $2, period_key = CASE WHEN $2 OPERATOR(pg_catalog.>) 0 THEN rowkit.credit_period(held.period, pg_catalog.now(), account.time_zone) ELSE held.period_key END
FROM @accounts@ AS account
WHERE held.id OPERATOR(pg_catalog.=) $1 AND account.account_id OPERATOR(pg_catalog.=) held.account_id
