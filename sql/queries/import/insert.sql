-- Creates the records of a batch, and returns them as the triggers left them.
INSERT INTO @records@ AS record (id, table_id, name, email, company, status, data)
SELECT given.id, $1, given.name, given.email, given.company, given.status, given.data
FROM pg_catalog.jsonb_to_recordset($2) AS given(id uuid, name text, email text, company text, status text, data jsonb)
RETURNING record.id, record.data, record.name, record.email, record.company, record.status
