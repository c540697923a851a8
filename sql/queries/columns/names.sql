-- The columns of table_columns ($1) that a definition ($2) has and that can be written.
SELECT attribute.attname::pg_catalog.text
FROM pg_catalog.pg_attribute AS attribute
WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2
    AND NOT attribute.attisdropped AND attribute.attgenerated OPERATOR(pg_catalog.=) ''
    AND $2::pg_catalog.jsonb OPERATOR(pg_catalog.?) attribute.attname::pg_catalog.text
ORDER BY attribute.attnum
