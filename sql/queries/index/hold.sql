-- An index ($1) whose entries are to be built, if no other session builds them, and how far it has come.
SELECT
    index.id, index.number, index.columns, index.form, index.state OPERATOR(pg_catalog.=) 'ready', index.is_automatic,
    index.built_to_at, index.built_to_id, index.left_over
FROM @table_indexes@ AS index
WHERE index.id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE SKIP LOCKED
