-- Grants that ended, and those whose period did; what of them is left.
SELECT
    lapsed.id, lapsed.remaining, CASE WHEN lapsed.is_over THEN 0 ELSE lapsed.amount END
FROM (
    SELECT
        held.id, held.remaining, held.amount, held.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now() AS is_over,
        held.period_key OPERATOR(pg_catalog.<) rowkit.credit_period(held.period, pg_catalog.now(), account.time_zone) AS is_past
    FROM @grants@ AS held
    JOIN @accounts@ AS account ON account.account_id OPERATOR(pg_catalog.=) held.account_id
    WHERE held.account_id OPERATOR(pg_catalog.=) $1::@type@
) AS lapsed
WHERE (lapsed.is_over AND lapsed.remaining OPERATOR(pg_catalog.>) 0) OR (lapsed.is_past AND lapsed.is_over IS NOT TRUE)
ORDER BY lapsed.id USING OPERATOR(pg_catalog.<)
