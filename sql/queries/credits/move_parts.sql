WITH part AS (
    SELECT moved.grant_id, moved.amount FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) AS moved(grant_id, amount)
), changed AS (
    UPDATE @grants@ AS held SET remaining = held.remaining OPERATOR(pg_catalog.+) part.amount
    FROM part
    WHERE held.id OPERATOR(pg_catalog.=) part.grant_id
)
INSERT INTO @entries@ (account_id, operation_id, grant_id, period_key, amount, kind)
SELECT $1::@type@, $2, held.id, held.period_key, part.amount, $5
FROM part
JOIN @grants@ AS held ON held.id OPERATOR(pg_catalog.=) part.grant_id
