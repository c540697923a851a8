-- The mapping of the last import of a header into the table that was done: the caller's own, else anybody's that the caller sees.
SELECT import.mapping, import.mapped_ids
FROM @imports@ AS import
WHERE import.table_id OPERATOR(pg_catalog.=) $1 AND import.header_key OPERATOR(pg_catalog.=) $2 AND import.mapping IS NOT NULL
    AND import.state OPERATOR(pg_catalog.=) 'done'
ORDER BY
    (import.created_by OPERATOR(pg_catalog.=) rowkit.current_user_id()) IS NOT TRUE USING OPERATOR(pg_catalog.<),
    import.ended_at USING OPERATOR(pg_catalog.>), import.id USING OPERATOR(pg_catalog.>)
LIMIT 1
