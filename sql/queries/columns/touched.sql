-- Definitions that a statement deleted or inserted.
SELECT touched.id, touched.organization_id, touched.table_id, touched.name, pg_catalog.to_jsonb(touched)::pg_catalog.text
FROM @touched@ AS touched
ORDER BY touched.id USING OPERATOR(pg_catalog.<)
