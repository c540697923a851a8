-- Texts of a column, named $1, of records.
SELECT record.id, @value@
FROM @records@ AS record
WHERE record.id OPERATOR(pg_catalog.=) ANY ($2) AND $1 IS NOT NULL
