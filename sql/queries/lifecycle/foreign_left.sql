-- The rows that the first parameters hold, without those at the places of the last.
SELECT pg_catalog.count(*), @arrays@
FROM @handles@ WITH ORDINALITY AS found(@names@, place)
WHERE NOT found.place OPERATOR(pg_catalog.=) ANY (@places@)
