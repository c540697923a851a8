-- Which of some entries are there: their places in the lists of keys ($1), records ($2) and organizations ($3).
SELECT input.place
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) WITH ORDINALITY AS input(key, record_id, organization_id, place)
WHERE EXISTS (
    SELECT FROM @record_index@ AS stored
    WHERE stored.key OPERATOR(pg_catalog.=) input.key AND stored.record_id OPERATOR(pg_catalog.=) input.record_id
        AND stored.organization_id OPERATOR(pg_catalog.=) input.organization_id
)
