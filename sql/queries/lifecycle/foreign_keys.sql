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
    part.parent_types,
    part.parent_operators,
    part.parent_structures,
    foreign_key.oid
FROM pg_catalog.pg_constraint AS foreign_key
CROSS JOIN LATERAL (
@columns@
) AS part
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
    AND foreign_key.conrelid OPERATOR(pg_catalog.=) ANY ($1)
    AND foreign_key.confrelid OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY foreign_key.conrelid::pg_catalog.regclass::pg_catalog.text, foreign_key.conname
