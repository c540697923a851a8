-- Indexes that are no longer wanted.
DELETE FROM @table_indexes@ AS index WHERE index.id OPERATOR(pg_catalog.=) ANY ($1)
