-- An import that the caller sees; with a lock, one that the caller may change.
SELECT
    import.table_id, import.state, import.options, import.reading, import.header, import.mapping, import.byte_count,
    import.row_count, import.next_row, import.created_count, import.updated_count, import.unchanged_count, import.skipped_count, import.failed_count,
    import.waiting_count, import.linked_row
FROM @imports@ AS import
WHERE import.id OPERATOR(pg_catalog.=) $1 @lock@
