-- Figures of every table as of now: counters that triggers keep, which members read under row security. The view of the script before is for its owner.

CREATE TABLE IF NOT EXISTS @schema@.record_statistics (
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    slot integer NOT NULL,
    counts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (table_id, slot),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
) WITH (fillfactor = 50);
COMMENT ON TABLE @schema@.record_statistics IS
'Counters of the live records of each table, in as many rows (slots) as writers needed at once: what a table has is their sum, which live_table_statistics shows. Written by triggers on '
'records and tables with the owner''s rights, so nobody needs to write it. They count all live records of a table: if you add policies to records, add the same policies to this table.';
COMMENT ON COLUMN @schema@.record_statistics.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the table.';
COMMENT ON COLUMN @schema@.record_statistics.table_id IS 'The custom table whose records are counted: references tables of the same organization.';
COMMENT ON COLUMN @schema@.record_statistics.slot IS
'A number that tells the table''s slots apart; 0 is no slot and says that the table is still to be counted, which rebuild_table_statistics() does.';
COMMENT ON COLUMN @schema@.record_statistics.counts IS
'The counters as {"records", "filled": {column: …}, "options": {column: {option: …}}, "statuses": {status: …}}: columns by their id, common fields that no column defines by their name. '
'Those that are 0 are left out.';

CREATE OR REPLACE TRIGGER records_statistics_insert AFTER INSERT ON @schema@.records
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_statistics();
CREATE OR REPLACE TRIGGER records_statistics_update AFTER UPDATE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_statistics();
CREATE OR REPLACE TRIGGER records_statistics_delete AFTER DELETE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_statistics();
CREATE OR REPLACE TRIGGER records_statistics_truncate AFTER TRUNCATE ON @schema@.records
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_statistics();
-- Records that came before the triggers.
SELECT rowkit.rebuild_table_statistics(tables => $rowkit$@schema@.tables$rowkit$);

-- The view's query once more: before PostgreSQL 15 a view reads with its owner's rights.
CREATE OR REPLACE FUNCTION @schema@.get_live_table_statistics(table_id uuid DEFAULT NULL)
    RETURNS TABLE(
        organization_id uuid, table_id uuid, table_name text, record_count bigint, filled_counts jsonb, option_counts jsonb, status_counts jsonb, is_counted boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            home.organization_id, home.id, home.name, coalesce((sums.counts ->> 'records')::bigint, 0), named.filled_counts, coalesce(named.option_counts, '{}'),
            coalesce(sums.counts -> 'statuses', '{}'), NOT sums.is_marked
        FROM @schema@.tables AS home
        CROSS JOIN LATERAL (
            SELECT coalesce(rowkit_internal._sum_counts(slot.counts), '{}') AS counts, coalesce(bool_or(slot.slot = 0), false) AS is_marked
            FROM @schema@.record_statistics AS slot
            WHERE slot.table_id = home.id AND slot.organization_id = home.organization_id
        ) AS sums
        CROSS JOIN LATERAL (
            SELECT
                jsonb_object_agg(field.name, coalesce((sums.counts -> 'filled' ->> field.key)::bigint, 0)) AS filled_counts,
                jsonb_object_agg(field.name, sums.counts -> 'options' -> field.key) FILTER (WHERE sums.counts -> 'options' ? field.key) AS option_counts
            FROM (
                SELECT part.name, part.id::text AS key
                FROM @schema@.table_columns AS part
                WHERE part.table_id = home.id AND part.type NOT IN ('created_at', 'updated_at', 'created_by')
                UNION ALL
                SELECT common.name, common.name
                FROM unnest('{name,email,company,status}'::text[]) AS common(name)
                WHERE NOT EXISTS (SELECT FROM @schema@.table_columns AS part WHERE part.table_id = home.id AND part.name = common.name)
            ) AS field
        ) AS named
        WHERE home.deleted_at IS NULL AND (get_live_table_statistics.table_id IS NULL OR home.id = get_live_table_statistics.table_id);
    END;
COMMENT ON FUNCTION @schema@.get_live_table_statistics(uuid) IS
'Returns the counters of custom tables as of now.
Returns the columns of live_table_statistics, for one table or for all, with the caller''s rights: row security shows members the tables of their organizations. It reads no record. No row for a table that is not there, '
'deleted or not the caller''s. STABLE. Example: SELECT record_count, filled_counts ->> ''email'' FROM get_live_table_statistics(''0193…''). '
'table_id is the custom table, NULL for all. organization_id is its organization. table_name is its name. record_count is how many live records it has. filled_counts is how many of them have a value, by column. '
'option_counts is how many have each option, by column of type select, multi_select or status, of at most 200 options; options that no record has are left out. status_counts is the same for the records'' status. is_counted is false '
'while a large table is still to be counted after a change of its columns, options or statuses.';

CREATE OR REPLACE VIEW @schema@.live_table_statistics AS
SELECT
    home.organization_id,
    home.id AS table_id,
    home.name AS table_name,
    coalesce((sums.counts ->> 'records')::bigint, 0) AS record_count,
    named.filled_counts,
    coalesce(named.option_counts, '{}') AS option_counts,
    coalesce(sums.counts -> 'statuses', '{}') AS status_counts,
    NOT sums.is_marked AS is_counted
FROM @schema@.tables AS home
CROSS JOIN LATERAL (
    SELECT coalesce(rowkit_internal._sum_counts(slot.counts), '{}') AS counts, coalesce(bool_or(slot.slot = 0), false) AS is_marked
    FROM @schema@.record_statistics AS slot
    WHERE slot.table_id = home.id AND slot.organization_id = home.organization_id
) AS sums
CROSS JOIN LATERAL (
    SELECT
        jsonb_object_agg(field.name, coalesce((sums.counts -> 'filled' ->> field.key)::bigint, 0)) AS filled_counts,
        jsonb_object_agg(field.name, sums.counts -> 'options' -> field.key) FILTER (WHERE sums.counts -> 'options' ? field.key) AS option_counts
    FROM (
        SELECT part.name, part.id::text AS key
        FROM @schema@.table_columns AS part
        WHERE part.table_id = home.id AND part.type NOT IN ('created_at', 'updated_at', 'created_by')
        UNION ALL
        SELECT common.name, common.name
        FROM unnest('{name,email,company,status}'::text[]) AS common(name)
        WHERE NOT EXISTS (SELECT FROM @schema@.table_columns AS part WHERE part.table_id = home.id AND part.name = common.name)
    ) AS field
) AS named
WHERE home.deleted_at IS NULL;
COMMENT ON VIEW @schema@.live_table_statistics IS
'Counters of every live table and its live records as of now, under row security: members see the tables of their organizations. Before PostgreSQL 15 end users call get_live_table_statistics() instead.';
COMMENT ON COLUMN @schema@.live_table_statistics.organization_id IS 'The organization (tenant) that the table belongs to.';
COMMENT ON COLUMN @schema@.live_table_statistics.table_id IS 'The custom table: id in tables.';
COMMENT ON COLUMN @schema@.live_table_statistics.table_name IS 'What people call the custom table: name in tables.';
COMMENT ON COLUMN @schema@.live_table_statistics.record_count IS 'How many live records the table has.';
COMMENT ON COLUMN @schema@.live_table_statistics.filled_counts IS 'How many of them have a value, by column: {"email": 3, "amount": 0}.';
COMMENT ON COLUMN @schema@.live_table_statistics.option_counts IS
'How many of them have each option, by column of type select, multi_select or status, of at most 200 options: {"stage": {"won": 2}}. Options that no record has are left out.';
COMMENT ON COLUMN @schema@.live_table_statistics.status_counts IS 'How many of them have each status: {"open": 2}. Those that no record has are left out.';
COMMENT ON COLUMN @schema@.live_table_statistics.is_counted IS
'False while a large table is still to be counted after a change of its columns, options or statuses: the counters of what changed are wrong until then.';
-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $views$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.live_table_statistics SET (security_invoker = true);
    END IF;
END
$views$;

CREATE OR REPLACE FUNCTION @schema@.column_statistics(table_id uuid)
    RETURNS TABLE(column_id uuid, column_name text, filled_count bigint, unique_count bigint, min_value jsonb, max_value jsonb, top_values jsonb)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT figures.* FROM rowkit.column_statistics(column_statistics.table_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS figures;
    END;
COMMENT ON FUNCTION @schema@.column_statistics(uuid) IS
'Returns a row with figures for each column of a custom table, the common fields that no column defines first.
It reads the live records once, with the caller''s rights and row security. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT column_name, filled_count, max_value FROM column_statistics(''0193…''). '
'table_id is the custom table. column_id is the column, NULL for a common field that no column defines. column_name is its name. filled_count is how many records have a value. '
'unique_count is how many different values there are, as a unique column tells them apart, of lists the elements; NULL where they are too many. '
'min_value is the lowest value of a number, date, time or text, max_value the highest; NULL for other types and without a value. top_values are the ten most frequent values as [{"value", "count"}], of lists the elements; '
'NULL where there are too many.';

CREATE OR REPLACE FUNCTION @schema@.rebuild_table_statistics() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.rebuild_table_statistics(tables => $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.rebuild_table_statistics() IS
'Counts the records of the tables that are still to be counted: large ones whose columns, options or statuses changed.
Returns how many tables it counted. For the owner of the tables (42501); rowkit.schedule_jobs() runs it every 10 minutes. VOLATILE.';
