INSERT INTO @entries@ (account_id, operation_id, grant_id, period_key, amount, kind)
SELECT held.account_id, $1, held.id, held.period_key, $3, $4
FROM @grants@ AS held
WHERE held.id OPERATOR(pg_catalog.=) $2
