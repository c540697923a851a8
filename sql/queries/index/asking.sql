-- The tables with a column that says it is indexed.
SELECT home.id
FROM @tables@ AS home
WHERE home.schema OPERATOR(pg_catalog.@>) '{"columns": [{"indexed": true}]}'
ORDER BY home.id USING OPERATOR(pg_catalog.<)
