-- Which columns the table $1 had since when (microseconds since 1970), in order, as far as the log has noted it; and in which transaction it did.
-- These events have the empty text as their new key, so that an index finds them among the batches of the table.
SELECT
    pg_catalog.round(EXTRACT(EPOCH FROM event.created_at)::pg_catalog.numeric OPERATOR(pg_catalog.*) 1000000::pg_catalog.numeric)::pg_catalog.int8,
    ARRAY(SELECT column_name.text FROM pg_catalog.jsonb_array_elements_text(event.new_data OPERATOR(pg_catalog.->) 'columns') AS column_name(text)),
    event.transaction
FROM @log@ AS event
WHERE event.table_name OPERATOR(pg_catalog.=) $1 AND event.record_id IS NULL AND event.new_record_id OPERATOR(pg_catalog.=) ''
    AND event.action OPERATOR(pg_catalog.=) ANY ('{ENABLE,COLUMNS}'::pg_catalog.text[])
    AND pg_catalog.jsonb_typeof(event.new_data OPERATOR(pg_catalog.->) 'columns') OPERATOR(pg_catalog.=) 'array'
ORDER BY event.created_at USING OPERATOR(pg_catalog.@order@), event.id USING OPERATOR(pg_catalog.@order@)
LIMIT @limit@
