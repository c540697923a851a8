-- A new table.
INSERT INTO @tables@ AS made (organization_id, name) VALUES ($1, $2) RETURNING made.id
