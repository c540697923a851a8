-- Whether the user whose rights count now may read these columns ($2) of a table ($1).
SELECT pg_catalog.has_table_privilege($1, 'SELECT')
    OR (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege($1, part.name, 'SELECT')) FROM pg_catalog.unnest($2) AS part(name))
