-- Gives records another text in a column, named $1.
UPDATE @records@ AS target
SET @set@
FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS input(id, value)
WHERE target.id OPERATOR(pg_catalog.=) input.id AND $1 IS NOT NULL
