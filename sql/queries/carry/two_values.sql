-- How many records of a table ($1) hold one value under the key $2 and another under the key $3.
SELECT pg_catalog.count(*)
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1 AND record.data OPERATOR(pg_catalog.?&) ARRAY[$2, $3]
    AND (record.data OPERATOR(pg_catalog.->) $2) OPERATOR(pg_catalog.<>) (record.data OPERATOR(pg_catalog.->) $3)
    AND (record.data OPERATOR(pg_catalog.->) $2) OPERATOR(pg_catalog.<>) 'null' AND (record.data OPERATOR(pg_catalog.->) $3) OPERATOR(pg_catalog.<>) 'null'
