-- A partition ($1) and the tables above it, and whether each has the trigger that begins its DELETEs.
SELECT above.relid::pg_catalog.oid, EXISTS (
    SELECT
    FROM pg_catalog.pg_trigger AS guard
    WHERE guard.tgrelid OPERATOR(pg_catalog.=) above.relid
        AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_hard_delete()'::pg_catalog.regprocedure
        AND guard.tgenabled OPERATOR(pg_catalog.<>) 'D'
        -- For each statement, before, a DELETE: the bits of TRIGGER_TYPE in pg_trigger.h.
        AND (guard.tgtype OPERATOR(pg_catalog.&) 11::pg_catalog.int2) OPERATOR(pg_catalog.=) 10::pg_catalog.int2)
FROM pg_catalog.pg_partition_ancestors($1) AS above
