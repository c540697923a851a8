-- A free number in place of $2, when whoever inserts a row with $4 in the column $3 may not give it that number; else NULL. The table is called $1 in the log.
SELECT CASE
    -- What is there already is the primary key's to refuse, and row security's.
    WHEN EXISTS (SELECT FROM @table@ AS held WHERE held.@number@ OPERATOR(pg_catalog.=) $2) THEN NULL
    WHEN COALESCE($2 OPERATOR(pg_catalog.<=) pg_catalog.pg_sequence_last_value(@sequence@), false) AND COALESCE((
        -- An INSERT, a DELETE and the UPDATE that wrote it tell what the row had there last.
        SELECT COALESCE(COALESCE(event.new_data OPERATOR(pg_catalog.->>) $3, event.old_data OPERATOR(pg_catalog.->>) $3) OPERATOR(pg_catalog.=) $4, false)
        FROM @log@ AS event
        WHERE event.record_id OPERATOR(pg_catalog.=) $2::pg_catalog.text AND event.table_name OPERATOR(pg_catalog.=) $1
        -- Those of one transaction have one time: the statement tells them apart.
        ORDER BY (COALESCE(event.new_data OPERATOR(pg_catalog.->>) $3, event.old_data OPERATOR(pg_catalog.->>) $3) IS NULL) USING OPERATOR(pg_catalog.<),
            event.created_at USING OPERATOR(pg_catalog.>), event.statement USING OPERATOR(pg_catalog.>), event.id USING OPERATOR(pg_catalog.>)
        LIMIT 1
    ), true) THEN NULL
    ELSE pg_catalog.nextval(@sequence@)
END
