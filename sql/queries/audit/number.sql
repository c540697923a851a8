-- Whether the sequence of the table $1's column $2 has given out the number $3; whether the log has events of a row $3 of the table that it names $4; and
-- what that row had in the column $5, as far as they tell: an INSERT, a DELETE or the UPDATE that wrote it.
SELECT
    COALESCE($3 OPERATOR(pg_catalog.<=) pg_catalog.pg_sequence_last_value(pg_catalog.pg_get_serial_sequence($1, $2)::pg_catalog.regclass), false),
    EXISTS (
        SELECT FROM @log@ AS event
        WHERE event.record_id OPERATOR(pg_catalog.=) $3::pg_catalog.text AND event.table_name OPERATOR(pg_catalog.=) $4),
    (
        SELECT COALESCE(event.new_data OPERATOR(pg_catalog.->>) $5, event.old_data OPERATOR(pg_catalog.->>) $5)
        FROM @log@ AS event
        WHERE event.record_id OPERATOR(pg_catalog.=) $3::pg_catalog.text AND event.table_name OPERATOR(pg_catalog.=) $4
            AND COALESCE(event.new_data OPERATOR(pg_catalog.->>) $5, event.old_data OPERATOR(pg_catalog.->>) $5) IS NOT NULL
        -- Those of one transaction have one time: the statement tells them apart.
        ORDER BY event.created_at USING OPERATOR(pg_catalog.>), event.statement USING OPERATOR(pg_catalog.>), event.id USING OPERATOR(pg_catalog.>)
        LIMIT 1
    )
