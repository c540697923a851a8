-- Whether the caller may put deletions on hold in this table.
SELECT pg_catalog.has_column_privilege($1, 'is_on_hold', 'UPDATE') AND pg_catalog.has_column_privilege($1, 'id', 'SELECT')
