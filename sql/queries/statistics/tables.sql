-- The tables in order, those that are deleted softly among them.
SELECT home.id FROM @tables@ AS home ORDER BY home.id USING OPERATOR(pg_catalog.<)
