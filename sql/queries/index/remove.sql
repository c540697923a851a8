-- Entries by their whole key, each looked up in the index.
DELETE FROM @record_index@ AS stored
WHERE stored.ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT found.place
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS input(key, record_id)
    CROSS JOIN LATERAL (
        SELECT entry.ctid AS place
        FROM @record_index@ AS entry
        WHERE entry.key OPERATOR(pg_catalog.=) input.key AND entry.record_id OPERATOR(pg_catalog.=) input.record_id
        LIMIT 1
    ) AS found))
