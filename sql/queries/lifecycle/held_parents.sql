-- Of the references in the JSON array $1 those whose parents are live, and those whose parents are deleted, with the deletions.
SELECT
    pg_catalog.jsonb_agg(found.held) FILTER (WHERE found.deletion_id IS NULL),
    pg_catalog.jsonb_agg(found.held) FILTER (WHERE found.deletion_id IS NOT NULL),
    pg_catalog.array_agg(found.deletion_id) FILTER (WHERE found.deletion_id IS NOT NULL)
FROM (
    SELECT item.held, parent.deletion_id
    FROM (SELECT DISTINCT element.held FROM pg_catalog.jsonb_array_elements($1) AS element(held)) AS item
    JOIN @relation@ AS parent ON @is_named@
) AS found
