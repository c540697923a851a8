-- What an operation took of each grant and did not give back yet, last taken first; and whether the grant's period is still the same.
SELECT entry.grant_id, (OPERATOR(pg_catalog.-) pg_catalog.sum(entry.amount))::pg_catalog.int8, pg_catalog.bool_and(entry.period_key IS NOT DISTINCT FROM held.period_key)
FROM @entries@ AS entry
JOIN @grants@ AS held ON held.id OPERATOR(pg_catalog.=) entry.grant_id
WHERE entry.operation_id OPERATOR(pg_catalog.=) $1
    OR entry.operation_id OPERATOR(pg_catalog.=) ANY (
        SELECT later.id FROM @operations@ AS later WHERE later.original_operation_id OPERATOR(pg_catalog.=) $1 AND later.kind OPERATOR(pg_catalog.=) ANY (ARRAY['refund', 'release', 'settle']))
GROUP BY entry.grant_id
HAVING pg_catalog.sum(entry.amount) OPERATOR(pg_catalog.<) 0
ORDER BY pg_catalog.min(entry.id) USING OPERATOR(pg_catalog.>)
