    SELECT
        pg_catalog.array_agg(child.attname::pg_catalog.text ORDER BY pair.place) AS child_columns,
        pg_catalog.array_agg(referred.attname::pg_catalog.text ORDER BY pair.place) AS parent_columns,
        pg_catalog.array_agg(pg_catalog.format_type(child.atttypid, -1) ORDER BY pair.place) AS types,
        pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', operator_home.nspname, operator.oprname) ORDER BY pair.place) AS operators,
        pg_catalog.array_agg((type.typcategory::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{A,C}'))::pg_catalog.text ORDER BY pair.place) AS structures
    FROM ROWS FROM (
        pg_catalog.unnest(foreign_key.conkey), pg_catalog.unnest(foreign_key.confkey), pg_catalog.unnest(foreign_key.conpfeqop)
    ) WITH ORDINALITY AS pair(child, parent, operator, place)
    JOIN pg_catalog.pg_attribute AS child
        ON child.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND child.attnum OPERATOR(pg_catalog.=) pair.child
    JOIN pg_catalog.pg_attribute AS referred
        ON referred.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid AND referred.attnum OPERATOR(pg_catalog.=) pair.parent
    JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) child.atttypid
    JOIN pg_catalog.pg_operator AS operator ON operator.oid OPERATOR(pg_catalog.=) pair.operator
    JOIN pg_catalog.pg_namespace AS operator_home ON operator_home.oid OPERATOR(pg_catalog.=) operator.oprnamespace
