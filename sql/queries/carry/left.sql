-- Whether a record still holds a value under the key $2.
SELECT EXISTS (
    SELECT
    FROM @records@ AS record
    WHERE record.organization_id OPERATOR(pg_catalog.=) $3 AND record.table_id OPERATOR(pg_catalog.=) $1
        AND record.data OPERATOR(pg_catalog.?) $2)
