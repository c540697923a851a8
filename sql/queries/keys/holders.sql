-- The records that have one of these values in a unique column, none for a value that no record has. Asked for value by value, by the primary key: a join would be
-- planned by what the server knows of the table, and of one that was empty when it was analyzed it reads all keys of the column for all values.
SELECT input.key, (
    SELECT stored.record_id
    FROM @keys@ AS stored
    WHERE stored.table_id OPERATOR(pg_catalog.=) $1 AND stored.column_id OPERATOR(pg_catalog.=) $2 AND stored.key OPERATOR(pg_catalog.=) @stored_key@
) AS record_id
FROM pg_catalog.unnest($3) AS input(key)
