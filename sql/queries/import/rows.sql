-- The rows of a batch that have problems, changed a record or wait to be linked. An empty text or an id of zeros stands for none.
INSERT INTO @rows@ (import_id, row_index, organization_id, row_number, is_failed, problems, cells, record_id, has_created, waiting, former, written_hash, created_by)
SELECT
    import.id, given.row_index, import.organization_id, given.row_number, given.is_failed OPERATOR(pg_catalog.=) 1,
    CASE WHEN given.problems OPERATOR(pg_catalog.<>) '' THEN given.problems::pg_catalog.jsonb END,
    CASE WHEN pg_catalog.octet_length(given.cells) OPERATOR(pg_catalog.>) 0 THEN given.cells END,
    CASE WHEN given.record_id OPERATOR(pg_catalog.<>) '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid THEN given.record_id END,
    given.has_created OPERATOR(pg_catalog.=) 1,
    CASE WHEN given.waiting OPERATOR(pg_catalog.<>) '' THEN given.waiting::pg_catalog.jsonb END,
    CASE WHEN given.former OPERATOR(pg_catalog.<>) '' THEN given.former::pg_catalog.jsonb END,
    CASE WHEN pg_catalog.octet_length(given.written_hash) OPERATOR(pg_catalog.>) 0 THEN given.written_hash END,
    import.created_by
FROM @imports@ AS import
CROSS JOIN ROWS FROM (
    pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7),
    pg_catalog.unnest($8), pg_catalog.unnest($9), pg_catalog.unnest($10), pg_catalog.unnest($11)
) AS given(row_index, row_number, problems, cells, record_id, former, written_hash, is_failed, has_created, waiting)
WHERE import.id OPERATOR(pg_catalog.=) $1
