-- As the account stands once it is brought up to date: what ended is gone, periods that passed have begun anew, reservations that lapsed are back.
SELECT COALESCE(pg_catalog.sum(
    CASE
        WHEN held.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now() THEN 0
        WHEN held.period_key OPERATOR(pg_catalog.<) rowkit.credit_period(held.period, pg_catalog.now(), account.time_zone) THEN held.amount
        ELSE held.remaining OPERATOR(pg_catalog.+) COALESCE(lapsed.amount, 0)
    END), 0)::pg_catalog.int8
FROM @accounts@ AS account
JOIN @grants@ AS held ON held.account_id OPERATOR(pg_catalog.=) account.account_id
LEFT JOIN (
    SELECT entry.grant_id, OPERATOR(pg_catalog.-) pg_catalog.sum(entry.amount) AS amount
    FROM @operations@ AS operation
    JOIN @entries@ AS entry ON entry.operation_id OPERATOR(pg_catalog.=) operation.id
    JOIN @grants@ AS of_grant ON of_grant.id OPERATOR(pg_catalog.=) entry.grant_id AND of_grant.period_key IS NOT DISTINCT FROM entry.period_key
    WHERE operation.account_id OPERATOR(pg_catalog.=) $1::@type@ AND operation.status OPERATOR(pg_catalog.=) 'held'
        AND operation.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now()
    GROUP BY entry.grant_id
) AS lapsed ON lapsed.grant_id OPERATOR(pg_catalog.=) held.id
WHERE account.account_id OPERATOR(pg_catalog.=) $1::@type@
