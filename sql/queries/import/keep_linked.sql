-- Records ($3) that an import created stay, and so do the records of the table ($2) that they name, one after the other: what the import linked in them is not taken back.
WITH RECURSIVE staying AS (
    SELECT given.id FROM pg_catalog.unnest($3) AS given(id)
    UNION
    SELECT link.to_id
    FROM staying
    JOIN @links@ AS link ON link.record_id OPERATOR(pg_catalog.=) staying.id AND link.cleared_at IS NULL
    JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) link.to_id AND (record.table_id OPERATOR(pg_catalog.=) $2) IS TRUE @live@
)
UPDATE @rows@ AS linked SET former = NULL
FROM staying
WHERE linked.import_id OPERATOR(pg_catalog.=) $1 AND linked.has_created AND linked.record_id OPERATOR(pg_catalog.=) staying.id
