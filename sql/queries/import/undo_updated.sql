-- The records that an import changed, with what they held before, and whether the import had created them.
SELECT changed.record_id, changed.former, changed.written_hash, changed.has_created
FROM @rows@ AS changed
WHERE changed.import_id OPERATOR(pg_catalog.=) $1 AND changed.record_id IS NOT NULL AND changed.former IS NOT NULL
ORDER BY changed.row_index USING OPERATOR(pg_catalog.>)
