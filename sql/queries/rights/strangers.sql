-- The foreign keys that refer to the relation $1, or to a partition of it, from tables of other owners: their tables, and whether they change rows there when a row of $1 goes, or when its key changes.
SELECT
    foreign_key.oid,
    foreign_key.conrelid,
    foreign_key.confdeltype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'),
    foreign_key.confupdtype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'),
    foreign_key.conname::pg_catalog.text
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS child ON child.oid OPERATOR(pg_catalog.=) foreign_key.conrelid
JOIN pg_catalog.pg_class AS home ON home.oid OPERATOR(pg_catalog.=) $1
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
    AND child.relowner OPERATOR(pg_catalog.<>) home.relowner
    AND (foreign_key.confrelid OPERATOR(pg_catalog.=) $1
        OR foreign_key.confrelid OPERATOR(pg_catalog.=) ANY (SELECT part.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree($1) AS part))
