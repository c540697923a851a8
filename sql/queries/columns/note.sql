-- A deleted column, for its restore.
INSERT INTO @changes@ (id, organization_id, table_id, column_id, kind, definition, changed_by)
SELECT $1, $2, $3, $4, 'delete', $5::pg_catalog.jsonb, $6
