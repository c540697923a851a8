-- A view ($1): its table, its query, and what it groups by.
SELECT view.table_id, view.query, view.group_by FROM @table_views@ AS view WHERE view.id OPERATOR(pg_catalog.=) $1
