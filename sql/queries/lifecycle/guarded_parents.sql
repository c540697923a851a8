-- The foreign keys of $1 to relations with soft delete.
SELECT foreign_key.confrelid, pg_catalog.format('%I.%I', parent_home.nspname, parent.relname), parent.relkind OPERATOR(pg_catalog.=) 'p',
    part.child_columns, part.parent_columns, part.operators
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS parent ON parent.oid OPERATOR(pg_catalog.=) foreign_key.confrelid AND NOT parent.relispartition
JOIN pg_catalog.pg_namespace AS parent_home ON parent_home.oid OPERATOR(pg_catalog.=) parent.relnamespace
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.array_agg(child.attname::pg_catalog.text ORDER BY pair.place) AS child_columns,
        pg_catalog.array_agg(referred.attname::pg_catalog.text ORDER BY pair.place) AS parent_columns,
        pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', operator_home.nspname, operator.oprname) ORDER BY pair.place) AS operators
    FROM ROWS FROM (
        pg_catalog.unnest(foreign_key.conkey), pg_catalog.unnest(foreign_key.confkey), pg_catalog.unnest(foreign_key.conpfeqop)
    ) WITH ORDINALITY AS pair(child, parent, operator, place)
    JOIN pg_catalog.pg_attribute AS child
        ON child.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND child.attnum OPERATOR(pg_catalog.=) pair.child
    JOIN pg_catalog.pg_attribute AS referred
        ON referred.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid AND referred.attnum OPERATOR(pg_catalog.=) pair.parent
    JOIN pg_catalog.pg_operator AS operator ON operator.oid OPERATOR(pg_catalog.=) pair.operator
    JOIN pg_catalog.pg_namespace AS operator_home ON operator_home.oid OPERATOR(pg_catalog.=) operator.oprnamespace
) AS part
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conrelid OPERATOR(pg_catalog.=) $1
    AND EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS guard
        WHERE guard.tgrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
            AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure)
ORDER BY foreign_key.conname
