-- A name under which the log $2 has events of a row with the key $1, and that no table has any more.
SELECT event.table_name
FROM @log@ AS event
WHERE event.record_id OPERATOR(pg_catalog.=) $1 AND NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) class.relnamespace
    JOIN pg_catalog.pg_class AS log ON log.oid OPERATOR(pg_catalog.=) $2
    WHERE CASE WHEN home.oid OPERATOR(pg_catalog.=) log.relnamespace THEN class.relname::pg_catalog.text
        ELSE pg_catalog.concat(home.nspname, '.', class.relname) END OPERATOR(pg_catalog.=) event.table_name
)
LIMIT 1
