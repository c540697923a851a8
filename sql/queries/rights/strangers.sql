-- The foreign keys that refer to the relation $1, or to a partition of it, from tables of other owners: their tables, and whether they change rows there when a row of $1 goes, or when its key changes; and those
-- that change rows when rows of other tables of the same owner go, to which cascades lead from $1.
WITH RECURSIVE touched AS (
    SELECT $1 AS oid, true AS is_first
    UNION
    SELECT next.oid, next.is_first
    FROM touched
    CROSS JOIN LATERAL (
        SELECT part.relid::pg_catalog.oid AS oid, touched.is_first
        FROM pg_catalog.pg_partition_tree(touched.oid) AS part
        UNION ALL
        SELECT foreign_key.conrelid, false
        FROM pg_catalog.pg_constraint AS foreign_key
        JOIN pg_catalog.pg_class AS child ON child.oid OPERATOR(pg_catalog.=) foreign_key.conrelid
        JOIN pg_catalog.pg_class AS home ON home.oid OPERATOR(pg_catalog.=) $1
        WHERE foreign_key.confrelid OPERATOR(pg_catalog.=) touched.oid AND foreign_key.contype OPERATOR(pg_catalog.=) 'f'
            AND foreign_key.confdeltype OPERATOR(pg_catalog.=) 'c' AND child.relowner OPERATOR(pg_catalog.=) home.relowner
    ) AS next
)
SELECT DISTINCT
    foreign_key.oid,
    foreign_key.conrelid,
    foreign_key.confdeltype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'),
    touched.is_first AND foreign_key.confupdtype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'),
    foreign_key.conname::pg_catalog.text
FROM touched
JOIN pg_catalog.pg_constraint AS foreign_key ON foreign_key.confrelid OPERATOR(pg_catalog.=) touched.oid
JOIN pg_catalog.pg_class AS child ON child.oid OPERATOR(pg_catalog.=) foreign_key.conrelid
JOIN pg_catalog.pg_class AS home ON home.oid OPERATOR(pg_catalog.=) $1
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
    AND child.relowner OPERATOR(pg_catalog.<>) home.relowner
    AND (touched.is_first OR foreign_key.confdeltype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'))
