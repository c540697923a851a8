SELECT attribute.attname::pg_catalog.text, attribute.attidentity OPERATOR(pg_catalog.=) 'a', attribute.attgenerated OPERATOR(pg_catalog.<>) ''
FROM pg_catalog.pg_attribute AS attribute
WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0 AND NOT attribute.attisdropped
