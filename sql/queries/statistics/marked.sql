-- Tables with the mark, and those whose records came before their counters.
SELECT home.id
FROM @tables@ AS home
WHERE EXISTS (
        SELECT FROM @statistics@ AS slot
        WHERE slot.table_id OPERATOR(pg_catalog.=) home.id AND slot.slot OPERATOR(pg_catalog.=) 0)
    OR (
        NOT EXISTS (SELECT FROM @statistics@ AS slot WHERE slot.table_id OPERATOR(pg_catalog.=) home.id)
        AND EXISTS (SELECT FROM @records@ AS record WHERE record.table_id OPERATOR(pg_catalog.=) home.id @live@))
ORDER BY home.id USING OPERATOR(pg_catalog.<)
