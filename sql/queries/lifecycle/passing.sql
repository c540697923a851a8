-- The places of those of the rows $1 that the policies let pass. The relation has its own name: policies use it.
SELECT "rowkit.given"."rowkit.place"::pg_catalog.int8
FROM (SELECT pg_catalog.unnest($1) AS "rowkit.item", pg_catalog.generate_subscripts($1, 1) AS "rowkit.place" OFFSET 0) AS "rowkit.given"
CROSS JOIN LATERAL (SELECT ("rowkit.given"."rowkit.item").*) AS @alias@
WHERE @asked@
