-- What gave way to the deletion $1: of each foreign key the rows, what they held and were left as, and by which columns.
SELECT remembered.table_name, remembered.foreign_key, named.referring, named.key,
    pg_catalog.jsonb_agg(remembered.record_key), pg_catalog.jsonb_agg(remembered.held), pg_catalog.jsonb_agg(remembered.left_as)
FROM @references@ AS remembered
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT pg_catalog.jsonb_object_keys(remembered.held)) AS referring, ARRAY(SELECT pg_catalog.jsonb_object_keys(remembered.record_key)) AS key
) AS named
WHERE remembered.deletion_id OPERATOR(pg_catalog.=) $1
GROUP BY remembered.table_name, remembered.foreign_key, named.referring, named.key
ORDER BY remembered.table_name, remembered.foreign_key
