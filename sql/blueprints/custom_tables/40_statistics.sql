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
        WHERE record.deleted_at IS NULL
        GROUP BY record.table_id, record.status
    ) AS lane
    GROUP BY lane.table_id
) AS figures ON figures.table_id = home.id
WHERE home.deleted_at IS NULL;
COMMENT ON MATERIALIZED VIEW @schema@.table_statistics IS
'Figures of every live table and its live records as of the last refresh_table_statistics(). Spans all organizations, and a materialized view has no row '
'security: members ask get_table_statistics(), not this.';
COMMENT ON COLUMN @schema@.table_statistics.organization_id IS 'The organization (tenant) that the table belongs to.';
COMMENT ON COLUMN @schema@.table_statistics.table_id IS 'The custom table: id in tables.';
COMMENT ON COLUMN @schema@.table_statistics.table_name IS 'The table''s name at the last refresh.';
COMMENT ON COLUMN @schema@.table_statistics.record_count IS 'How many live records the table has.';
COMMENT ON COLUMN @schema@.table_statistics.with_email_count IS 'How many of them have an e-mail address.';
COMMENT ON COLUMN @schema@.table_statistics.first_created_at IS 'When the oldest of them was inserted; NULL without records.';
COMMENT ON COLUMN @schema@.table_statistics.last_created_at IS 'When the newest of them was inserted; NULL without records.';
COMMENT ON COLUMN @schema@.table_statistics.last_updated_at IS 'When one of them was last changed; NULL without records.';
COMMENT ON COLUMN @schema@.table_statistics.status_counts IS 'Records by status; those without one are in record_count alone.';
CREATE UNIQUE INDEX IF NOT EXISTS table_statistics_table_id_idx ON @schema@.table_statistics (table_id);
COMMENT ON INDEX @schema@.table_statistics_table_id_idx IS 'Figures of one table; lets the view be refreshed while it is read.';
CREATE INDEX IF NOT EXISTS table_statistics_organization_id_idx ON @schema@.table_statistics (organization_id);
COMMENT ON INDEX @schema@.table_statistics_organization_id_idx IS 'Figures of one organization''s tables.';

CREATE OR REPLACE FUNCTION @schema@.get_table_statistics(table_id uuid DEFAULT NULL)
    RETURNS TABLE(
        organization_id uuid, table_id uuid, table_name text, record_count bigint, status_counts jsonb, with_email_count bigint, first_created_at timestamptz,
        last_created_at timestamptz, last_updated_at timestamptz)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            home.organization_id, home.id, home.name, coalesce(figures.record_count, 0), coalesce(figures.status_counts, '{}'), coalesce(figures.with_email_count, 0),
            figures.first_created_at, figures.last_created_at, figures.last_updated_at
        FROM @schema@.tables AS home
        LEFT JOIN LATERAL (
            SELECT
                sum(lane.record_count)::bigint AS record_count, jsonb_object_agg(lane.status, lane.record_count) FILTER (WHERE lane.status IS NOT NULL) AS status_counts,
                sum(lane.with_email_count)::bigint AS with_email_count, min(lane.first_created_at) AS first_created_at, max(lane.last_created_at) AS last_created_at,
                max(lane.last_updated_at) AS last_updated_at
            FROM (
                SELECT
                    record.status, count(*) AS record_count, count(record.email) AS with_email_count, min(record.created_at) AS first_created_at,
                    max(record.created_at) AS last_created_at, max(record.updated_at) AS last_updated_at
                FROM @schema@.records AS record
                WHERE record.table_id = home.id AND record.organization_id = home.organization_id AND record.deleted_at IS NULL
                GROUP BY record.status
            ) AS lane
        ) AS figures ON true
        WHERE home.deleted_at IS NULL AND (get_table_statistics.table_id IS NULL OR home.id = get_table_statistics.table_id)
        ORDER BY home.name, home.id;
    END;
COMMENT ON FUNCTION @schema@.get_table_statistics(uuid) IS
'Returns the figures of custom tables as of now.
Returns the columns of table_statistics as of now, for one table or for all, with the caller''s rights: row security shows members the tables of their organizations and counts their records alone. It reads the records of the '
'tables; dashboards over many of them ask table_statistics, as its owner. Deleted tables and records are not counted, whoever asks. No row for a table that is not there, deleted or not the caller''s. STABLE. Example: SELECT table_name, record_count, status_counts FROM get_table_statistics(). '
'table_id is the custom table, NULL for all. organization_id is its organization. with_email_count is how many records have an e-mail address. '
'first_created_at is when the oldest record was inserted. last_created_at is when the newest was. last_updated_at is when one was last changed.';

-- An atomic body refers to the view itself, not to its name, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.refresh_table_statistics() RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._refresh_view($rowkit$@schema@.table_statistics$rowkit$::pg_catalog.regclass);
        SELECT true;
    END;
COMMENT ON FUNCTION @schema@.refresh_table_statistics() IS
'Brings table_statistics up to date without locking readers out.
Returns true. For the owner of the view; rowkit.schedule_jobs() runs it every 15 minutes.';
