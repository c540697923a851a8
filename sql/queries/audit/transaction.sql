-- In the order in which they were written. Which columns a table has is told beside, and is nothing that a transaction changed of its rows.
SELECT
    event.action, event.table_name, event.record_id, event.new_record_id, event.old_data, event.new_data, event.statement
FROM @log@ AS event
WHERE event.transaction OPERATOR(pg_catalog.=) $1 AND event.action::pg_catalog.text OPERATOR(pg_catalog.<>) 'COLUMNS'
ORDER BY event.id USING OPERATOR(pg_catalog.<)
