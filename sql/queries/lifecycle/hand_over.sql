-- Rows of the deletion $1 below parents of another deletion, $2, come back with that one.
UPDATE @relation@ AS child
SET deletion_id = $2
FROM @parents@
WHERE child.deletion_id OPERATOR(pg_catalog.=) $1 AND @refers@
