-- Whether a foreign key of the table $1 gives its column $3 the new key of the table $2 when that changes.
SELECT
FROM pg_catalog.pg_constraint AS rule
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid OPERATOR(pg_catalog.=) rule.conrelid
    AND attribute.attnum OPERATOR(pg_catalog.=) ANY (rule.conkey) AND attribute.attname OPERATOR(pg_catalog.=) $3::pg_catalog.name
WHERE rule.conrelid OPERATOR(pg_catalog.=) $1 AND rule.confrelid OPERATOR(pg_catalog.=) $2
    AND rule.contype OPERATOR(pg_catalog.=) 'f' AND rule.confupdtype OPERATOR(pg_catalog.=) 'c'
