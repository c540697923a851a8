-- The table that $1 is, or is a partition of; the arguments of its audit trigger; its key's columns and their equality.
SELECT
    relation.oid,
    (
        SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs)
        FROM pg_catalog.pg_trigger AS trigger
        WHERE trigger.tgrelid OPERATOR(pg_catalog.=) relation.oid
            AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.log_audit_trail()'::pg_catalog.regprocedure
        ORDER BY trigger.tgname USING OPERATOR(pg_catalog.<)
        LIMIT 1
    ),
    key.names,
    key.operators,
    key.types,
    key.structures
FROM (SELECT COALESCE(pg_catalog.pg_partition_root($1)::pg_catalog.oid, $1) AS oid) AS relation
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.array_agg(attribute.attname::pg_catalog.text ORDER BY part.place) AS names,
        pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', operator_home.nspname, operator.oprname) ORDER BY part.place) AS operators,
        -- A key of type character(n) is padded, as its column is; one that is too long for its column is no key, and no error.
        pg_catalog.array_agg(pg_catalog.format_type(
            attribute.atttypid,
            CASE WHEN attribute.atttypid OPERATOR(pg_catalog.=) ANY ('{bpchar,numeric}'::pg_catalog.regtype[]::pg_catalog.oid[]) THEN attribute.atttypmod ELSE -1 END
        ) ORDER BY part.place) AS types,
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
) AS key
