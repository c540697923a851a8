-- The columns of the table $1: name, type, whether only INSERT can write it, whether nobody can, whether it is computed when it is read, whether a null in JSON
-- is the JSON null because the column is NOT NULL, whether an INSERT must give it,
-- and the type's number.
SELECT
    attribute.attname::pg_catalog.text, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
    attribute.attidentity OPERATOR(pg_catalog.=) 'a', attribute.attgenerated OPERATOR(pg_catalog.<>) '', attribute.attgenerated OPERATOR(pg_catalog.=) 'v',
    attribute.attnotnull AND attribute.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.jsonb'::pg_catalog.regtype,
    attribute.attnotnull AND NOT attribute.atthasdef AND attribute.attidentity OPERATOR(pg_catalog.=) '',
    attribute.atttypid
FROM pg_catalog.pg_attribute AS attribute
WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum USING OPERATOR(pg_catalog.<)
