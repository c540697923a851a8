-- Creates the records of a batch, and returns them as the triggers left them.
INSERT INTO @records@ AS record (id, table_id, name, email, company, status, data)
SELECT given.id, $1, given.name, given.email, given.company, given.status, given.data
FROM ROWS FROM (
    pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7)
) AS given(id, name, email, company, status, data)
RETURNING record.id, record.data, record.name, record.email, record.company, record.status
