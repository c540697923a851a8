-- The next rows of an import whose references wait for their records.
SELECT
    waiting.row_index, waiting.row_number, waiting.record_id, waiting.has_created, waiting.waiting, waiting.former, waiting.written_hash, waiting.problems
FROM @rows@ AS waiting
WHERE waiting.import_id OPERATOR(pg_catalog.=) $1
    -- With it the primary key has the rows in their order.
    AND waiting.organization_id OPERATOR(pg_catalog.=) (SELECT import.organization_id FROM @imports@ AS import WHERE import.id OPERATOR(pg_catalog.=) $1)
    AND waiting.row_index OPERATOR(pg_catalog.>) $2 AND waiting.waiting IS NOT NULL
ORDER BY waiting.row_index USING OPERATOR(pg_catalog.<)
LIMIT $3
