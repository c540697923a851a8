-- The next records that an import changed, the last row first, with what they held before, and whether the import had created them.
SELECT changed.row_index, changed.record_id, changed.former, changed.written_hash, changed.has_created
FROM @rows@ AS changed
WHERE changed.import_id OPERATOR(pg_catalog.=) $1
    -- With it the primary key has the rows in their order.
    AND changed.organization_id OPERATOR(pg_catalog.=) (SELECT import.organization_id FROM @imports@ AS import WHERE import.id OPERATOR(pg_catalog.=) $1)
    AND changed.row_index OPERATOR(pg_catalog.<) $2 AND changed.record_id IS NOT NULL AND changed.former IS NOT NULL
ORDER BY changed.row_index USING OPERATOR(pg_catalog.>)
LIMIT $3
