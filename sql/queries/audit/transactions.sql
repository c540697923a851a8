-- The transactions that have a number, which each cluster gives anew.
SELECT DISTINCT event.transaction
FROM @log@ AS event
WHERE event.transaction_id OPERATOR(pg_catalog.=) $1 AND event.action::pg_catalog.text OPERATOR(pg_catalog.<>) 'COLUMNS'
