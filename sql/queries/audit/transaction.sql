-- In the order in which they were written.
SELECT
    event.action, event.table_name, event.record_id, event.new_record_id, event.old_data::pg_catalog.text, event.new_data::pg_catalog.text,
    event.statement
FROM @log@ AS event
WHERE event.transaction_id OPERATOR(pg_catalog.=) $1
ORDER BY event.id USING OPERATOR(pg_catalog.<)
