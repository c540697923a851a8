-- Of the rows $1, whose handles follow, those that the policies refuse. The relation has its own name: policies use it.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT "rowkit.given"."rowkit.place" AS place
    FROM (SELECT pg_catalog.unnest($1) AS "rowkit.item", pg_catalog.generate_subscripts($1, 1) AS "rowkit.place" OFFSET 0) AS "rowkit.given"
    CROSS JOIN LATERAL (SELECT ("rowkit.given"."rowkit.item").*) AS @alias@
    WHERE (@asked@) IS NOT TRUE
) AS found
