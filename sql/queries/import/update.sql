-- Changes the records of a batch, and returns them as the triggers left them.
UPDATE @records@ AS record SET name = given.name, email = given.email, company = given.company, status = given.status, data = given.data
FROM ROWS FROM (
    pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7)
) AS given(id, name, email, company, status, data)
WHERE record.id OPERATOR(pg_catalog.=) given.id AND (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE
RETURNING record.id, record.data, record.name, record.email, record.company, record.status
