-- The unique indexes of live rows, and what else excludes rows: their expressions, operators, condition, the relation's columns,
-- and a text column that can be changed, with the most that it holds.
SELECT
    index_relation.relname::pg_catalog.text,
    part.expressions,
    part.operators,
    pg_catalog.pg_get_expr(entry.indpred, entry.indrelid),
    ARRAY(
        SELECT attribute.attname::pg_catalog.text
        FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2
            AND NOT attribute.attisdropped
        ORDER BY attribute.attnum),
    renamed.name,
    COALESCE((pg_catalog.to_jsonb(entry) OPERATOR(pg_catalog.->>) 'indnullsnotdistinct')::pg_catalog.bool, false),
    renamed.most,
    COALESCE(renamed.is_name, false)
FROM pg_catalog.pg_index AS entry
JOIN pg_catalog.pg_class AS index_relation ON index_relation.oid OPERATOR(pg_catalog.=) entry.indexrelid
LEFT JOIN pg_catalog.pg_constraint AS rule
    ON rule.conindid OPERATOR(pg_catalog.=) entry.indexrelid AND rule.contype OPERATOR(pg_catalog.=) 'x'
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.array_agg(pg_catalog.pg_get_indexdef(entry.indexrelid, part_.place::pg_catalog.int4, true) ORDER BY part_.place) AS expressions,
        pg_catalog.array_agg(pg_catalog.format('OPERATOR(%I.%s)', operator_home.nspname, operator.oprname) ORDER BY part_.place) AS operators
    FROM pg_catalog.unnest(entry.indclass::pg_catalog.oid[]) WITH ORDINALITY AS part_(class, place)
    JOIN pg_catalog.pg_opclass AS class ON class.oid OPERATOR(pg_catalog.=) part_.class
    LEFT JOIN pg_catalog.pg_amop AS equality
        ON equality.amopfamily OPERATOR(pg_catalog.=) class.opcfamily AND equality.amopstrategy OPERATOR(pg_catalog.=) 3
        AND equality.amoplefttype OPERATOR(pg_catalog.=) class.opcintype AND equality.amoprighttype OPERATOR(pg_catalog.=) class.opcintype
    JOIN pg_catalog.pg_operator AS operator ON operator.oid OPERATOR(pg_catalog.=) COALESCE(rule.conexclop[part_.place], equality.amopopr)
    JOIN pg_catalog.pg_namespace AS operator_home ON operator_home.oid OPERATOR(pg_catalog.=) operator.oprnamespace
    WHERE part_.place OPERATOR(pg_catalog.<=) entry.indnkeyatts
) AS part
LEFT JOIN LATERAL (
    SELECT attribute.attname::pg_catalog.text AS name, base.kind OPERATOR(pg_catalog.=) 'pg_catalog.name'::pg_catalog.regtype AS is_name,
        CASE
            WHEN base.kind OPERATOR(pg_catalog.=) ANY ('{varchar,bpchar}'::pg_catalog.regtype[]::pg_catalog.oid[]) AND base.modifier OPERATOR(pg_catalog.>) 4
            THEN (base.modifier OPERATOR(pg_catalog.-) 4)::pg_catalog.int8
        END AS most
    FROM pg_catalog.pg_depend AS uses
    JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid OPERATOR(pg_catalog.=) uses.refobjid AND attribute.attnum OPERATOR(pg_catalog.=) uses.refobjsubid
    JOIN pg_catalog.pg_type AS type ON type.oid OPERATOR(pg_catalog.=) attribute.atttypid
    CROSS JOIN LATERAL (
        -- A domain has the length of what it is made of.
        WITH RECURSIVE made_of AS (
            SELECT attribute.atttypid AS kind, attribute.atttypmod AS modifier, 0 AS depth
            UNION ALL
            SELECT domain.typbasetype, domain.typtypmod, made_of.depth OPERATOR(pg_catalog.+) 1
            FROM made_of JOIN pg_catalog.pg_type AS domain ON domain.oid OPERATOR(pg_catalog.=) made_of.kind
            WHERE domain.typtype OPERATOR(pg_catalog.=) 'd'
        )
        SELECT made_of.kind, made_of.modifier FROM made_of ORDER BY made_of.depth DESC LIMIT 1
    ) AS base
    WHERE uses.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        AND uses.objid OPERATOR(pg_catalog.=) entry.indexrelid AND uses.refobjid OPERATOR(pg_catalog.=) $1
        AND type.typcategory OPERATOR(pg_catalog.=) 'S' AND attribute.attgenerated OPERATOR(pg_catalog.=) ''
    ORDER BY attribute.attnum DESC
    LIMIT 1
) AS renamed ON true
WHERE entry.indrelid OPERATOR(pg_catalog.=) $1 AND (entry.indisunique OR entry.indisexclusion) AND entry.indpred IS NOT NULL
    AND EXISTS (
        SELECT FROM pg_catalog.pg_depend AS uses
        JOIN pg_catalog.pg_attribute AS attribute
            ON attribute.attrelid OPERATOR(pg_catalog.=) uses.refobjid AND attribute.attnum OPERATOR(pg_catalog.=) uses.refobjsubid
        WHERE uses.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            AND uses.objid OPERATOR(pg_catalog.=) entry.indexrelid AND uses.refobjid OPERATOR(pg_catalog.=) $1
            AND attribute.attname OPERATOR(pg_catalog.=) 'deleted_at'::pg_catalog.name)
ORDER BY 1
