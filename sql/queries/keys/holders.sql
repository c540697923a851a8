-- The records that have one of these values in a unique column.
SELECT input.key, stored.record_id
FROM pg_catalog.unnest($3) AS input(key)
JOIN @keys@ AS stored
    ON stored.table_id OPERATOR(pg_catalog.=) $1 AND stored.column_id OPERATOR(pg_catalog.=) $2 AND stored.key OPERATOR(pg_catalog.=) @stored_key@
