-- The records that an import changed, with what they held before.
SELECT changed.record_id, changed.former, changed.written_hash
FROM @rows@ AS changed
WHERE changed.import_id OPERATOR(pg_catalog.=) $1 AND changed.record_id IS NOT NULL
ORDER BY changed.row_index USING OPERATOR(pg_catalog.>)
