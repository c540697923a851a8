-- The deferrable constraints whose triggers a change of the table $1 can call, as SET CONSTRAINTS names them: its own, its partitions' and for $3 the foreign keys to it.
-- A name stands for every constraint of that name in its schema: left out are names under which code of others than the table's owner would run, and for $2
-- all constraint triggers. What is left out stays deferred, and the server refuses it.
SELECT DISTINCT pg_catalog.format('%I.%I', home.nspname, rule.conname)
FROM pg_catalog.pg_class AS relation
JOIN pg_catalog.pg_constraint AS rule
    ON rule.conrelid OPERATOR(pg_catalog.=) relation.oid OR ($3 AND rule.confrelid OPERATOR(pg_catalog.=) relation.oid)
    OR rule.conrelid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT part.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree($1) AS part))
JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) rule.connamespace
WHERE relation.oid OPERATOR(pg_catalog.=) $1 AND rule.condeferrable AND pg_catalog.has_schema_privilege(home.oid, 'USAGE')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS other
        JOIN pg_catalog.pg_class AS of_other ON of_other.oid OPERATOR(pg_catalog.=) other.conrelid
        WHERE other.connamespace OPERATOR(pg_catalog.=) rule.connamespace AND other.conname OPERATOR(pg_catalog.=) rule.conname
            AND other.condeferrable AND other.contype OPERATOR(pg_catalog.=) 't'
            AND ($2 OR of_other.relowner OPERATOR(pg_catalog.<>) relation.relowner))
ORDER BY 1
