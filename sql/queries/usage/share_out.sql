INSERT INTO @slots@ (counter, owner_key, slot, used, room, capacity)
SELECT
    $1, $2, number, 0,
    $5 OPERATOR(pg_catalog./) $3
        OPERATOR(pg_catalog.+) CASE WHEN number OPERATOR(pg_catalog.<=) ($5 OPERATOR(pg_catalog.%) $3) THEN 1 ELSE 0 END,
    $4
FROM pg_catalog.generate_series(1, $3) AS number
