-- Changes the records of a batch, and returns them as the triggers left them.
UPDATE @records@ AS record SET name = given.name, email = given.email, company = given.company, status = given.status, data = given.data
FROM pg_catalog.jsonb_to_recordset($2) AS given(id uuid, name text, email text, company text, status text, data jsonb)
WHERE record.id OPERATOR(pg_catalog.=) given.id AND (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE
RETURNING record.id, record.data, record.name, record.email, record.company, record.status
