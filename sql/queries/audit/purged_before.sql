SELECT
    pg_catalog.round(EXTRACT(EPOCH FROM pg_catalog.max((event.new_data OPERATOR(pg_catalog.->>) 'before')::pg_catalog.timestamptz))::pg_catalog.numeric
        OPERATOR(pg_catalog.*) 1000000::pg_catalog.numeric)::pg_catalog.int8
FROM @log@ AS event
WHERE event.table_name OPERATOR(pg_catalog.=) $1 AND event.record_id IS NULL AND event.action OPERATOR(pg_catalog.=) 'PURGE'
