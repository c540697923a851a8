-- Of the keys that the arrays hold those that records have: their places and the records.
SELECT input.place, stored.record_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) WITH ORDINALITY AS input(table_id, column_id, key, place)
JOIN @keys@ AS stored
    ON stored.table_id OPERATOR(pg_catalog.=) input.table_id AND stored.column_id OPERATOR(pg_catalog.=) input.column_id
    AND stored.key OPERATOR(pg_catalog.=) @stored_key@
ORDER BY input.place
