-- The records of a table ($2) that an import created and linked later, and that are still there.
SELECT linked.record_id
FROM @rows@ AS linked
JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) linked.record_id AND (record.table_id OPERATOR(pg_catalog.=) $2) IS TRUE @live@
WHERE linked.import_id OPERATOR(pg_catalog.=) $1 AND linked.has_created AND linked.former IS NOT NULL
