-- Figures of each table, as of the last refresh. Nobody but the owner reads them until granted: they span all tenants.

CREATE MATERIALIZED VIEW IF NOT EXISTS @schema@.table_statistics AS
SELECT
    home.id AS table_id,
    home.organization_id,
    home.name AS table_name,
    coalesce(figures.record_count, 0) AS record_count,
    coalesce(figures.with_email, 0) AS with_email,
    coalesce(figures.by_status, '{}') AS by_status,
    figures.first_created_at,
    figures.last_created_at,
    figures.last_updated_at
FROM @schema@.tables AS home
LEFT JOIN (
    SELECT
        counted.table_id,
        sum(counted.records)::bigint AS record_count,
        sum(counted.with_email)::bigint AS with_email,
        jsonb_object_agg(counted.status, counted.records) FILTER (WHERE counted.status IS NOT NULL) AS by_status,
        min(counted.first_created_at) AS first_created_at,
        max(counted.last_created_at) AS last_created_at,
        max(counted.last_updated_at) AS last_updated_at
    FROM (
        SELECT
            record.table_id, record.status, count(*) AS records, count(record.email) AS with_email,
            min(record.created_at) AS first_created_at, max(record.created_at) AS last_created_at,
            max(record.updated_at) AS last_updated_at
        FROM @schema@.records AS record
        GROUP BY record.table_id, record.status
    ) AS counted
    GROUP BY counted.table_id
) AS figures ON figures.table_id = home.id;
COMMENT ON MATERIALIZED VIEW @schema@.table_statistics IS 'Figures of each table as of the last refresh_table_statistics().';
CREATE UNIQUE INDEX IF NOT EXISTS table_statistics_table_id ON @schema@.table_statistics (table_id);
COMMENT ON INDEX @schema@.table_statistics_table_id IS 'Lets the view be refreshed while it is read.';

CREATE OR REPLACE FUNCTION @schema@.refresh_table_statistics() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    REFRESH MATERIALIZED VIEW CONCURRENTLY @schema@.table_statistics;
END
$body$;
COMMENT ON FUNCTION @schema@.refresh_table_statistics() IS
'Brings table_statistics up to date while it can be read; for its owner, from a scheduled job.';
