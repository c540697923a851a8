-- The relation $1, all that its deletion can reach along foreign keys, and the other parents of those.
WITH RECURSIVE reached AS (
    SELECT $1 AS oid
    UNION
    SELECT foreign_key.conrelid
    FROM reached
    JOIN pg_catalog.pg_constraint AS foreign_key ON foreign_key.confrelid OPERATOR(pg_catalog.=) reached.oid
    WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
        AND EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS guard
            WHERE guard.tgrelid OPERATOR(pg_catalog.=) reached.oid
                AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
                AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid)
        -- What is a part of its row, or what rowkit keeps for it, stays with the row as long as it is there.
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS keeper
            JOIN pg_catalog.pg_class AS kept ON kept.oid OPERATOR(pg_catalog.=) foreign_key.conrelid
            JOIN pg_catalog.pg_class AS home ON home.oid OPERATOR(pg_catalog.=) foreign_key.confrelid
            WHERE keeper.tgrelid OPERATOR(pg_catalog.=) kept.oid AND kept.relowner OPERATOR(pg_catalog.=) home.relowner
                AND keeper.tgfoid OPERATOR(pg_catalog.=) ANY (ARRAY[
                    'rowkit.propagate_table_schema()', 'rowkit.guard_table_index()', 'rowkit.guard_table_view()']::pg_catalog.regprocedure[]))
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_class AS helper
            JOIN pg_catalog.pg_class AS home ON home.oid OPERATOR(pg_catalog.=) foreign_key.confrelid
            WHERE helper.oid OPERATOR(pg_catalog.=) foreign_key.conrelid
                AND helper.relowner OPERATOR(pg_catalog.=) home.relowner AND helper.relnamespace OPERATOR(pg_catalog.=) home.relnamespace
                AND helper.relname OPERATOR(pg_catalog.=) ANY (
                    '{record_keys,record_links,record_counters,record_statistics,column_changes,column_change_values}'::pg_catalog.name[]))
), involved AS (
    SELECT reached.oid FROM reached
    UNION
    SELECT foreign_key.confrelid
    FROM reached
    JOIN pg_catalog.pg_constraint AS foreign_key ON foreign_key.conrelid OPERATOR(pg_catalog.=) reached.oid
    WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
)
SELECT
    relation.oid,
    EXISTS (SELECT FROM reached WHERE reached.oid OPERATOR(pg_catalog.=) relation.oid),
    pg_catalog.format('%I.%I', namespace.nspname, relation.relname),
    relation.relname::pg_catalog.text,
    namespace.nspname::pg_catalog.text,
    relation.relkind OPERATOR(pg_catalog.=) 'p',
    EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS guard
        WHERE guard.tgrelid OPERATOR(pg_catalog.=) relation.oid
            AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            -- A partition's is a copy of its table's.
            AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid)
        -- Another owner's table has soft delete only where all is there that it needs: nobody hinders a deletion by an empty table.
        AND (relation.relowner OPERATOR(pg_catalog.=) (SELECT root.relowner FROM pg_catalog.pg_class AS root WHERE root.oid OPERATOR(pg_catalog.=) $1)
            OR key.names IS NOT NULL AND 2::pg_catalog.int8 OPERATOR(pg_catalog.=) (
                SELECT pg_catalog.count(*)
                FROM pg_catalog.pg_attribute AS mark
                WHERE mark.attrelid OPERATOR(pg_catalog.=) relation.oid AND mark.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT mark.attisdropped
                    AND (mark.attname OPERATOR(pg_catalog.=) 'deletion_id'::pg_catalog.name AND mark.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.uuid'::pg_catalog.regtype
                        OR mark.attname OPERATOR(pg_catalog.=) 'deleted_at'::pg_catalog.name
                            AND mark.atttypid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.timestamptz', 'pg_catalog.timestamp']::pg_catalog.regtype[])))),
    EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS other
        -- BEFORE, FOR EACH ROW, UPDATE.
        WHERE other.tgrelid OPERATOR(pg_catalog.=) relation.oid AND NOT other.tgisinternal
            AND other.tgfoid OPERATOR(pg_catalog.<>) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            AND ((other.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 19) OPERATOR(pg_catalog.=) 19
                -- Records that others name are held by those.
                OR other.tgfoid OPERATOR(pg_catalog.=) 'rowkit.enforce_record_keys()'::pg_catalog.regprocedure)),
    key.names,
    key.types,
    key.operators,
    key.structures
FROM involved
JOIN pg_catalog.pg_class AS relation ON relation.oid OPERATOR(pg_catalog.=) involved.oid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) relation.relnamespace
LEFT JOIN LATERAL (
    SELECT
        pg_catalog.array_agg(attribute.attname::pg_catalog.text ORDER BY part.place) AS names,
        pg_catalog.array_agg(pg_catalog.format_type(attribute.atttypid, -1) ORDER BY part.place) AS types,
        pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', operator_home.nspname, operator.oprname) ORDER BY part.place) AS operators,
        pg_catalog.array_agg((type.typcategory::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{A,C}'))::pg_catalog.text ORDER BY part.place) AS structures
    FROM pg_catalog.pg_index AS primary_key
    CROSS JOIN LATERAL ROWS FROM (
        pg_catalog.unnest(primary_key.indkey::pg_catalog.int2[]), pg_catalog.unnest(primary_key.indclass::pg_catalog.oid[])
    ) WITH ORDINALITY AS part(number, class, place)
    JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid OPERATOR(pg_catalog.=) primary_key.indrelid AND attribute.attnum OPERATOR(pg_catalog.=) part.number
    JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) attribute.atttypid
    JOIN pg_catalog.pg_opclass AS class ON class.oid OPERATOR(pg_catalog.=) part.class
    JOIN pg_catalog.pg_amop AS equality
        ON equality.amopfamily OPERATOR(pg_catalog.=) class.opcfamily AND equality.amopstrategy OPERATOR(pg_catalog.=) 3
        AND equality.amoplefttype OPERATOR(pg_catalog.=) class.opcintype AND equality.amoprighttype OPERATOR(pg_catalog.=) class.opcintype
    JOIN pg_catalog.pg_operator AS operator ON operator.oid OPERATOR(pg_catalog.=) equality.amopopr
    JOIN pg_catalog.pg_namespace AS operator_home ON operator_home.oid OPERATOR(pg_catalog.=) operator.oprnamespace
    WHERE primary_key.indrelid OPERATOR(pg_catalog.=) relation.oid AND primary_key.indisprimary
        AND part.place OPERATOR(pg_catalog.<=) primary_key.indnkeyatts
) AS key ON true
ORDER BY 3
