-- The usage of the rows that refer to the key $1, and the key as text.
SELECT COALESCE(pg_catalog.sum(counted.amount), 0)::@key_type@, $1::pg_catalog.text
FROM (@parts@) AS counted
