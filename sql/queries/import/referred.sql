-- Of these records those that other live records name. Asked for record by record, as the values of unique columns are (keys/holders.sql).
SELECT going.id
FROM pg_catalog.unnest($1) AS going(id)
WHERE (
    SELECT true
    FROM @links@ AS link
    JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) link.record_id @live@
    WHERE link.to_id OPERATOR(pg_catalog.=) going.id AND link.cleared_at IS NULL AND link.record_id OPERATOR(pg_catalog.<>) ALL ($1)
    LIMIT 1
)
