-- A new import; none where the caller has one of this key. An empty text stands for none.
INSERT INTO @imports@ AS import (table_id, file_name, idempotency_key)
SELECT $1, CASE WHEN $2 OPERATOR(pg_catalog.<>) '' THEN $2 END, CASE WHEN $3 OPERATOR(pg_catalog.<>) '' THEN $3 END
ON CONFLICT DO NOTHING
RETURNING import.id
