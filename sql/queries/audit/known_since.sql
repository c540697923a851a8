-- Before when events of the log ($2 by its own name) were purged, and when audit of the table $1 first began (microseconds since 1970), in two rows.
WITH noted AS (
    SELECT
        pg_catalog.max((event.new_data OPERATOR(pg_catalog.->>) 'before')::pg_catalog.timestamptz)
            FILTER (WHERE event.action OPERATOR(pg_catalog.=) 'PURGE') AS purged_before,
        pg_catalog.min(event.created_at) FILTER (WHERE event.action OPERATOR(pg_catalog.=) 'ENABLE') AS began
    FROM @log@ AS event
    WHERE event.record_id IS NULL
        AND (event.table_name OPERATOR(pg_catalog.=) $2 AND event.action OPERATOR(pg_catalog.=) 'PURGE'
            OR event.table_name OPERATOR(pg_catalog.=) $1 AND event.action OPERATOR(pg_catalog.=) 'ENABLE')
)
SELECT pg_catalog.round(EXTRACT(EPOCH FROM moment.at)::pg_catalog.numeric OPERATOR(pg_catalog.*) 1000000::pg_catalog.numeric)::pg_catalog.int8
FROM noted
CROSS JOIN LATERAL (VALUES (noted.purged_before), (noted.began)) AS moment(at)
