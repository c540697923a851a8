-- The live and the deleted rows of a table with soft delete.
SELECT pg_catalog.count(*) FILTER (WHERE held.deleted_at IS NULL), pg_catalog.count(*) FILTER (WHERE held.deleted_at IS NOT NULL)
FROM @relation@ AS held
