SELECT changed.owner_key::pg_catalog.text, pg_catalog.sum(changed.amount)::pg_catalog.int8
FROM (@sources@) AS changed
GROUP BY changed.owner_key
HAVING pg_catalog.sum(changed.amount) OPERATOR(pg_catalog.<>) 0
ORDER BY changed.owner_key::pg_catalog.text COLLATE pg_catalog."C" USING OPERATOR(pg_catalog.<)
