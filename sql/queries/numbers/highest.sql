-- The highest number that records of a table ($1) hold under a key ($2) and that a counter could have given, deleted ones too.
SELECT found.organization_id, pg_catalog.max(found.number)::pg_catalog.int8
FROM (@numbers@) AS found
GROUP BY found.organization_id
