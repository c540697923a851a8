-- The column $2 of the table $1, where the caller may UPDATE it: a row lock asks the policies for UPDATE.
SELECT
FROM @table_columns@ AS definition
WHERE definition.table_id OPERATOR(pg_catalog.=) $1 AND definition.name OPERATOR(pg_catalog.=) $2
FOR KEY SHARE OF definition
