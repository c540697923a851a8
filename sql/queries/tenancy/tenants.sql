-- The table that a membership's tenant column ($2) alone refers to, and the key there.
SELECT rule.confrelid, pg_catalog.quote_ident(parent.attname)
FROM pg_catalog.pg_constraint AS rule
JOIN pg_catalog.pg_attribute AS child ON child.attrelid OPERATOR(pg_catalog.=) rule.conrelid AND child.attnum OPERATOR(pg_catalog.=) rule.conkey[1]
JOIN pg_catalog.pg_attribute AS parent ON parent.attrelid OPERATOR(pg_catalog.=) rule.confrelid AND parent.attnum OPERATOR(pg_catalog.=) rule.confkey[1]
WHERE rule.conrelid OPERATOR(pg_catalog.=) $1 AND rule.contype OPERATOR(pg_catalog.=) 'f'
    AND pg_catalog.cardinality(rule.conkey) OPERATOR(pg_catalog.=) 1
    AND pg_catalog.quote_ident(child.attname) OPERATOR(pg_catalog.=) $2
ORDER BY rule.oid USING OPERATOR(pg_catalog.<)
LIMIT 1
