SELECT attribute.attname::pg_catalog.text
FROM pg_catalog.pg_attribute AS attribute
WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT attribute.attisdropped
    AND pg_catalog.has_column_privilege($1, attribute.attnum, 'SELECT')
