-- The events $1 in this order, as row_history() tells them of the row whose present key is $2.
SELECT
    event.created_at, event.user_id, event.action::pg_catalog.text, COALESCE(event.new_record_id, event.record_id, $2),
    CASE WHEN event.action OPERATOR(pg_catalog.=) 'IMPORT' THEN event.old_data OPERATOR(pg_catalog.->) 'records' OPERATOR(pg_catalog.->) $2 ELSE event.old_data END,
    CASE WHEN event.action OPERATOR(pg_catalog.=) 'IMPORT' THEN event.new_data OPERATOR(pg_catalog.->) 'records' OPERATOR(pg_catalog.->) $2 ELSE event.new_data END,
    event.transaction_id, event.ip_address::pg_catalog.text, event.database_role::pg_catalog.text, event.transaction
FROM pg_catalog.unnest($1) WITH ORDINALITY AS trail(id, place)
JOIN @log@ AS event ON event.id OPERATOR(pg_catalog.=) trail.id
ORDER BY trail.place
