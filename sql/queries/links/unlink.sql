-- What columns that are no references any more named. What is remembered stays.
DELETE FROM @links@ AS link
WHERE link.column_id OPERATOR(pg_catalog.=) ANY ($1) AND link.cleared_at IS NULL
