-- References of rows without a primary key, which hold what they held when they gave way, and whose parents are live. Rows with one image are told apart by a number.
WITH remembered AS MATERIALIZED (
    SELECT item.image, item.held, pg_catalog.row_number() OVER (PARTITION BY item.image) AS number
    FROM ROWS FROM (
        pg_catalog.jsonb_array_elements($1), pg_catalog.jsonb_array_elements($2), pg_catalog.jsonb_array_elements($3)
    ) AS item(image, held, left_as)
    JOIN pg_catalog.jsonb_array_elements($4) AS live(held) ON live.held OPERATOR(pg_catalog.=) item.held
), found AS MATERIALIZED (
    SELECT target.tableoid AS part, target.ctid AS place, @image@ AS image, pg_catalog.row_number() OVER (PARTITION BY @image@) AS number
    FROM @relation@ AS target
    WHERE EXISTS (SELECT FROM remembered WHERE remembered.image OPERATOR(pg_catalog.=) (@image@))
)
UPDATE @relation@ AS target
SET @set@
FROM found
JOIN remembered ON remembered.image OPERATOR(pg_catalog.=) found.image AND remembered.number OPERATOR(pg_catalog.=) found.number
WHERE target.tableoid OPERATOR(pg_catalog.=) found.part AND target.ctid OPERATOR(pg_catalog.=) found.place
