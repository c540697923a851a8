-- Cheapest to lose first: by priority, then what ends soonest.
SELECT held.id, held.remaining
FROM @grants@ AS held
JOIN @accounts@ AS account ON account.account_id OPERATOR(pg_catalog.=) held.account_id
WHERE held.account_id OPERATOR(pg_catalog.=) $1::@type@ AND held.remaining OPERATOR(pg_catalog.>) 0
ORDER BY
    held.priority USING OPERATOR(pg_catalog.<),
    LEAST(
        held.expires_at,
        pg_catalog.timezone(account.time_zone, held.period_key OPERATOR(pg_catalog.+) ('1 ' OPERATOR(pg_catalog.||) held.period)::pg_catalog.interval)
    ) USING OPERATOR(pg_catalog.<),
    held.id USING OPERATOR(pg_catalog.<)
