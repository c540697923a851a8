-- What became of rows that waited to be linked. An empty text stands for none.
UPDATE @rows@ AS linked SET
    waiting = NULL,
    problems = CASE WHEN given.problems OPERATOR(pg_catalog.<>) '' THEN given.problems::pg_catalog.jsonb END,
    former = CASE WHEN given.former OPERATOR(pg_catalog.<>) '' THEN given.former::pg_catalog.jsonb END,
    written_hash = given.written_hash
FROM ROWS FROM (
    pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5)) AS given(row_index, problems, former, written_hash)
WHERE linked.import_id OPERATOR(pg_catalog.=) $1
    AND linked.organization_id OPERATOR(pg_catalog.=) (SELECT import.organization_id FROM @imports@ AS import WHERE import.id OPERATOR(pg_catalog.=) $1)
    AND linked.row_index OPERATOR(pg_catalog.=) given.row_index
