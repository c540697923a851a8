SELECT attribute.attname::pg_catalog.text
FROM pg_catalog.pg_attribute AS attribute
WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0 AND NOT attribute.attisdropped
    AND attribute.atttypid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.int4', 'pg_catalog.int8']::pg_catalog.regtype[]::pg_catalog.oid[])
    AND attribute.attname OPERATOR(pg_catalog.~) '^(current|max)_'
ORDER BY attribute.attnum USING OPERATOR(pg_catalog.<)
