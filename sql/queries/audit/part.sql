-- Where the events of a moment ($2) go when nothing has to run there but checks and indexes: the part of the log ($1), from when until
-- when it serves (microseconds since 2000; NULL is always), the numbers of its columns in the order below, and the tenant's ($3) with its
-- type. Asked with ISO dates in UTC.
WITH log AS (
    SELECT class.oid, class.relkind, class.relhastriggers
    FROM pg_catalog.pg_class AS class
    WHERE class.oid OPERATOR(pg_catalog.=) $1 AND NOT class.relhasrules AND pg_catalog.has_table_privilege(class.relowner, class.oid, 'INSERT')
), part AS (
    SELECT log.oid, NULL::pg_catalog.timestamptz AS since, NULL::pg_catalog.timestamptz AS until
    FROM log
    WHERE log.relkind OPERATOR(pg_catalog.=) 'r' AND NOT log.relhastriggers
    UNION ALL
    SELECT class.oid, bound.ends[1]::pg_catalog.timestamptz, bound.ends[2]::pg_catalog.timestamptz
    FROM log
    JOIN pg_catalog.pg_inherits AS child ON child.inhparent OPERATOR(pg_catalog.=) log.oid AND NOT child.inhdetachpending
    JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) child.inhrelid AND class.relkind OPERATOR(pg_catalog.=) 'r'
    CROSS JOIN pg_catalog.regexp_match(
        pg_catalog.pg_get_expr(class.relpartbound, class.oid), '^FOR VALUES FROM \(''([^'']+)''\) TO \(''([^'']+)''\)$') AS bound(ends)
    WHERE log.relkind OPERATOR(pg_catalog.=) 'p' AND NOT log.relhastriggers AND NOT class.relhastriggers AND bound.ends IS NOT NULL
        AND pg_catalog.pg_get_partkeydef(log.oid) OPERATOR(pg_catalog.=) 'RANGE (created_at)'
)
SELECT
    part.oid,
    (EXTRACT(epoch FROM part.since) OPERATOR(pg_catalog.*) 1000000)::bigint OPERATOR(pg_catalog.-) 946684800000000,
    (EXTRACT(epoch FROM part.until) OPERATOR(pg_catalog.*) 1000000)::bigint OPERATOR(pg_catalog.-) 946684800000000,
    held.numbers, tenant.attnum::bigint, tenant.atttypid, tenant.atttypmod::bigint
FROM part
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(attribute.attnum::bigint ORDER BY wanted.place) AS numbers
    FROM ROWS FROM (
        pg_catalog.unnest('{id,user_id,action,table_name,record_id,new_record_id,record_ids,row_count,old_data,new_data,deletion_id,ip_address,'
            'database_role,transaction,transaction_id,statement,created_at}'::pg_catalog.text[]),
        pg_catalog.unnest('{uuid,uuid,text,text,text,text,text[],bigint,jsonb,jsonb,uuid,inet,text,uuid,bigint,bigint,timestamptz}'::pg_catalog.regtype[])
    ) WITH ORDINALITY AS wanted(name, kind, place)
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid OPERATOR(pg_catalog.=) part.oid
        AND attribute.attname OPERATOR(pg_catalog.=) wanted.name AND attribute.atttypid OPERATOR(pg_catalog.=) wanted.kind
) AS held
LEFT JOIN pg_catalog.pg_attribute AS tenant ON tenant.attrelid OPERATOR(pg_catalog.=) part.oid AND tenant.attname OPERATOR(pg_catalog.=) $3
WHERE (part.since IS NULL OR part.since OPERATOR(pg_catalog.<=) $2 AND part.until OPERATOR(pg_catalog.>) $2)
    AND pg_catalog.cardinality(held.numbers) OPERATOR(pg_catalog.=) 17
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid OPERATOR(pg_catalog.=) part.oid AND attribute.attnum OPERATOR(pg_catalog.>) 0 AND NOT attribute.attisdropped
            AND (attribute.attgenerated OPERATOR(pg_catalog.<>) '' OR attribute.attidentity OPERATOR(pg_catalog.<>) ''
                OR NOT attribute.attnum OPERATOR(pg_catalog.=) ANY (held.numbers) AND attribute.attnum IS DISTINCT FROM tenant.attnum))
