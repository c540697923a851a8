-- The foreign keys of $1 that hold the tenant's column $2, are checked at the end of a statement and refer to a table of the same
-- owner: what a row names along them is the tenant's or not there. One to the table itself, whose rows one statement may write in any
-- order, counts only where a unique index without the tenant would tell whose the parent is.
SELECT foreign_key.confrelid, part.child_columns, part.parent_columns, part.operators
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS child ON child.oid OPERATOR(pg_catalog.=) foreign_key.conrelid
JOIN pg_catalog.pg_class AS parent
    ON parent.oid OPERATOR(pg_catalog.=) foreign_key.confrelid AND NOT parent.relispartition AND parent.relowner OPERATOR(pg_catalog.=) child.relowner
JOIN pg_catalog.pg_attribute AS tenant
    ON tenant.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND tenant.attname::pg_catalog.text OPERATOR(pg_catalog.=) $2
    AND tenant.attnum OPERATOR(pg_catalog.=) ANY (foreign_key.conkey)
CROSS JOIN LATERAL (
@columns@
) AS part
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conrelid OPERATOR(pg_catalog.=) $1
    AND NOT foreign_key.condeferrable
    AND pg_catalog.cardinality(foreign_key.conkey) OPERATOR(pg_catalog.>) 1
    AND (foreign_key.confrelid OPERATOR(pg_catalog.<>) foreign_key.conrelid OR EXISTS (
        SELECT FROM pg_catalog.pg_index AS entry
        WHERE entry.indrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND entry.indisunique
            AND NOT tenant.attnum OPERATOR(pg_catalog.=) ANY (entry.indkey::pg_catalog.int2[])
            AND pg_catalog.array_remove(foreign_key.conkey, tenant.attnum) OPERATOR(pg_catalog.&&) entry.indkey::pg_catalog.int2[]))
ORDER BY foreign_key.conname USING OPERATOR(pg_catalog.<)
