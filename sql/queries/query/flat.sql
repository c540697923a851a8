-- Records of a table ($1) in flat form: a record's own columns beside its custom fields.
SELECT record.id, rowkit.transform_from_record(
    pg_catalog.to_jsonb(record) OPERATOR(pg_catalog.-) '{search_vector,deleted_at,deleted_by,deletion_id}'::pg_catalog.text[])
FROM @records@ AS record
WHERE (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE AND record.id OPERATOR(pg_catalog.=) ANY ($2) @live@
