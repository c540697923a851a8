-- References whose parents stay deleted come back with those.
UPDATE @references@ AS remembered
SET deletion_id = dead.deletion_id
FROM ROWS FROM (pg_catalog.jsonb_array_elements($4), pg_catalog.unnest($5)) AS dead(held, deletion_id)
WHERE remembered.deletion_id OPERATOR(pg_catalog.=) $1
    AND remembered.table_name OPERATOR(pg_catalog.=) $2 AND remembered.foreign_key OPERATOR(pg_catalog.=) $3
    AND remembered.held OPERATOR(pg_catalog.=) dead.held
    AND EXISTS (SELECT FROM @deletions@ AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) dead.deletion_id)
