SELECT DISTINCT held.account_id::pg_catalog.text
FROM @grants@ AS held
JOIN @accounts@ AS account ON account.account_id OPERATOR(pg_catalog.=) held.account_id
WHERE ($1 IS NULL OR held.period OPERATOR(pg_catalog.=) $1)
    AND ((held.period_key OPERATOR(pg_catalog.<) rowkit.credit_period(held.period, pg_catalog.now(), account.time_zone)
            AND (held.expires_at IS NULL OR held.expires_at OPERATOR(pg_catalog.>) pg_catalog.now()))
        OR ($1 IS NULL AND held.remaining OPERATOR(pg_catalog.>) 0 AND held.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now()))
UNION
SELECT operation.account_id::pg_catalog.text
FROM @operations@ AS operation
WHERE $1 IS NULL AND operation.status OPERATOR(pg_catalog.=) 'held' AND operation.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now()
ORDER BY 1
