-- The foreign keys among the relations $1, in a stable order.
SELECT
    foreign_key.conname::pg_catalog.text,
    foreign_key.conrelid,
    foreign_key.confrelid,
    foreign_key.confdeltype::pg_catalog.text,
    part.child_columns,
    part.parent_columns,
    part.types,
    part.operators,
    part.structures,
    ARRAY(
        SELECT attribute.attname::pg_catalog.text
        FROM pg_catalog.jsonb_array_elements_text(
            -- PostgreSQL 15 and later.
            CASE WHEN pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(foreign_key) OPERATOR(pg_catalog.->) 'confdelsetcols') OPERATOR(pg_catalog.=) 'array'
            THEN pg_catalog.to_jsonb(foreign_key) OPERATOR(pg_catalog.->) 'confdelsetcols' ELSE '[]'::pg_catalog.jsonb END) AS chosen(number)
        JOIN pg_catalog.pg_attribute AS attribute
            ON attribute.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid
            AND attribute.attnum OPERATOR(pg_catalog.=) chosen.number::pg_catalog.int2),
    foreign_key.condeferred AND foreign_key.confdeltype OPERATOR(pg_catalog.=) 'a',
    referred.types,
    referred.operators,
    referred.structures,
    foreign_key.oid
FROM pg_catalog.pg_constraint AS foreign_key
CROSS JOIN LATERAL (
@columns@
) AS part
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.array_agg(pg_catalog.format_type(attribute.atttypid, -1) ORDER BY pair.place) AS types,
        pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', operator_home.nspname, operator.oprname) ORDER BY pair.place) AS operators,
        pg_catalog.array_agg((type.typcategory::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{A,C}'))::pg_catalog.text ORDER BY pair.place) AS structures
    FROM ROWS FROM (pg_catalog.unnest(foreign_key.confkey), pg_catalog.unnest(foreign_key.conppeqop)) WITH ORDINALITY AS pair(number, operator, place)
    JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid AND attribute.attnum OPERATOR(pg_catalog.=) pair.number
    JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) attribute.atttypid
    JOIN pg_catalog.pg_operator AS operator ON operator.oid OPERATOR(pg_catalog.=) pair.operator
    JOIN pg_catalog.pg_namespace AS operator_home ON operator_home.oid OPERATOR(pg_catalog.=) operator.oprnamespace
) AS referred
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
    AND foreign_key.conrelid OPERATOR(pg_catalog.=) ANY ($1)
    AND foreign_key.confrelid OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY foreign_key.conrelid::pg_catalog.regclass::pg_catalog.text, foreign_key.conname
