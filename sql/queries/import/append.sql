-- Adds one part of a file, or of its rows.
INSERT INTO @chunks@ (import_id, kind, part, organization_id, first_row, bytes, created_by)
SELECT import.id, $2, $3, import.organization_id, $4, $5, import.created_by
FROM @imports@ AS import
WHERE import.id OPERATOR(pg_catalog.=) $1
