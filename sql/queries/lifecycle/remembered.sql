SELECT remembered.relation, remembered.foreign_key,
    pg_catalog.jsonb_agg(remembered.row_key), pg_catalog.jsonb_agg(remembered.held), pg_catalog.jsonb_agg(remembered.left_as)
FROM @references@ AS remembered
WHERE remembered.deletion_id OPERATOR(pg_catalog.=) $1
GROUP BY remembered.relation, remembered.foreign_key
ORDER BY remembered.relation, remembered.foreign_key
