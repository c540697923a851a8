-- The records of a table ($1) in the flat form.
SELECT record.id, record.organization_id, record.data OPERATOR(pg_catalog.||) pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
    'name', record.name, 'email', record.email, 'company', record.company, 'status', record.status))
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1 @condition@
ORDER BY record.id USING OPERATOR(pg_catalog.<)
