-- The events of the row that had the key $2 in the table $1, in order. A row's transactions follow each other, as each holds it to its end; within
-- one the statements do, and a statement inside another, whose event was written before, comes after it.
SELECT
    event.id,
    pg_catalog.round(EXTRACT(EPOCH FROM event.created_at)::pg_catalog.numeric OPERATOR(pg_catalog.*) 1000000::pg_catalog.numeric)::pg_catalog.int8,
    event.action, event.record_id, event.new_record_id,
    -- An import's event holds what it changed by records.
    CASE WHEN event.action OPERATOR(pg_catalog.=) 'IMPORT' THEN event.old_data OPERATOR(pg_catalog.->) 'records' OPERATOR(pg_catalog.->) $2 ELSE event.old_data END,
    CASE WHEN event.action OPERATOR(pg_catalog.=) 'IMPORT' THEN event.new_data OPERATOR(pg_catalog.->) 'records' OPERATOR(pg_catalog.->) $2 ELSE event.new_data END,
    event.record_ids IS NOT NULL
FROM (
    SELECT found.*, pg_catalog.min(found.created_at) OVER (
        PARTITION BY COALESCE(found.transaction::pg_catalog.text, found.transaction_id::pg_catalog.text)) AS began
    FROM (
        SELECT by_key.* FROM @log@ AS by_key WHERE by_key.table_name OPERATOR(pg_catalog.=) $1 AND by_key.record_id OPERATOR(pg_catalog.=) $2
        UNION ALL
        SELECT by_new_key.*
        FROM @log@ AS by_new_key
        WHERE by_new_key.table_name OPERATOR(pg_catalog.=) $1 AND by_new_key.new_record_id OPERATOR(pg_catalog.=) $2
            AND by_new_key.record_id OPERATOR(pg_catalog.<>) $2
        UNION ALL
        SELECT of_many.*
        FROM @log@ AS of_many
        WHERE of_many.table_name OPERATOR(pg_catalog.=) $1 AND of_many.record_id IS NULL AND of_many.action OPERATOR(pg_catalog.<>) 'COLUMNS'
            AND (of_many.record_ids IS NULL OR $2 OPERATOR(pg_catalog.=) ANY (of_many.record_ids))
    ) AS found
) AS event
ORDER BY event.began USING OPERATOR(pg_catalog.<), event.statement USING OPERATOR(pg_catalog.<), event.id USING OPERATOR(pg_catalog.<)
