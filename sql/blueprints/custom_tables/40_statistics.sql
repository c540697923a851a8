-- Figures of every table, as of the last refresh.

CREATE MATERIALIZED VIEW IF NOT EXISTS @schema@.table_statistics AS
SELECT
    home.organization_id,
    home.id AS table_id,
    home.name AS table_name,
    coalesce(figures.record_count, 0) AS record_count,
    coalesce(figures.status_counts, '{}') AS status_counts,
    coalesce(figures.with_email_count, 0) AS with_email_count,
    figures.first_created_at,
    figures.last_created_at,
    figures.last_updated_at
FROM @schema@.tables AS home
LEFT JOIN (
    SELECT
        lane.table_id,
        sum(lane.record_count)::bigint AS record_count,
        jsonb_object_agg(lane.status, lane.record_count) FILTER (WHERE lane.status IS NOT NULL) AS status_counts,
        sum(lane.with_email_count)::bigint AS with_email_count,
        min(lane.first_created_at) AS first_created_at,
        max(lane.last_created_at) AS last_created_at,
        max(lane.last_updated_at) AS last_updated_at
    FROM (
        SELECT
            record.table_id,
            record.status,
            count(*) AS record_count,
            count(record.email) AS with_email_count,
            min(record.created_at) AS first_created_at,
            max(record.created_at) AS last_created_at,
            max(record.updated_at) AS last_updated_at
        FROM @schema@.records AS record
        GROUP BY record.table_id, record.status
    ) AS lane
    GROUP BY lane.table_id
) AS figures ON figures.table_id = home.id;
COMMENT ON MATERIALIZED VIEW @schema@.table_statistics IS
'Figures of every table as of the last refresh_table_statistics(). Spans all organizations, and a materialized view has no row '
'security: give users a view or a function that filters on organization_id, not this.';
COMMENT ON COLUMN @schema@.table_statistics.status_counts IS 'Records by status; those without one are in record_count alone.';
CREATE UNIQUE INDEX IF NOT EXISTS table_statistics_table_id_idx ON @schema@.table_statistics (table_id);
COMMENT ON INDEX @schema@.table_statistics_table_id_idx IS 'Figures of one table; lets the view be refreshed while it is read.';
CREATE INDEX IF NOT EXISTS table_statistics_organization_id_idx ON @schema@.table_statistics (organization_id);
COMMENT ON INDEX @schema@.table_statistics_organization_id_idx IS 'Figures of one organization''s tables.';

-- An atomic body refers to the view itself, not to its name, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.refresh_table_statistics() RETURNS void
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._refresh_view($rowkit$@schema@.table_statistics$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.refresh_table_statistics() IS
'Brings table_statistics up to date without locking readers out. For the owner of the view, from a scheduled job.';
