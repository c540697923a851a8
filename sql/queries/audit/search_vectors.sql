-- The columns of the table $1 in which triggers of rowkit's keep search vectors. Where one was renamed, it may be any column of the type.
WITH kept AS (
    SELECT (rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs))[1] AS name
    FROM pg_catalog.pg_trigger AS trigger
    WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND NOT trigger.tgisinternal
        AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.maintain_search_vector()'::pg_catalog.regprocedure
), vectors AS (
    SELECT attribute.attname::pg_catalog.text AS name
    FROM pg_catalog.pg_attribute AS attribute
    WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT attribute.attisdropped
        AND attribute.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.tsvector'::pg_catalog.regtype
)
SELECT vectors.name
FROM vectors
WHERE vectors.name OPERATOR(pg_catalog.=) ANY (SELECT kept.name FROM kept)
    OR EXISTS (SELECT FROM kept WHERE kept.name OPERATOR(pg_catalog.<>) ALL (SELECT known.name FROM vectors AS known))
