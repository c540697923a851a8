-- Statistics of custom tables: SQL declarations of the functions in src/records/statistics/, whose queries are in sql/queries/statistics/.

CREATE FUNCTION rowkit.maintain_record_statistics() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_record_statistics_wrapper';
COMMENT ON FUNCTION rowkit.maintain_record_statistics() IS
'Trigger, AFTER INSERT, UPDATE, DELETE (transition tables new_rows, old_rows) or TRUNCATE FOR EACH STATEMENT, on records: keeps the counters of live records in record_statistics. '
'It adds what the statement changed to a row of the table that no other transaction holds, with the owner''s rights, so that writers do not wait for each other. '
'Arguments: the relation that holds the schemas (default tables) and the one of the counters (default record_statistics), both in the same schema and of the same owner (42501).';

CREATE FUNCTION rowkit_internal._added_counts(stored jsonb, change jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'added_counts_wrapper';
COMMENT ON FUNCTION rowkit_internal._added_counts(jsonb, jsonb) IS
'The sum of two documents of counters, number by number, as record_statistics holds them; a counter that is 0 is left out. IMMUTABLE. Internal.';

CREATE AGGREGATE rowkit_internal._sum_counts(jsonb) (SFUNC = rowkit_internal._added_counts, STYPE = jsonb, COMBINEFUNC = rowkit_internal._added_counts, PARALLEL = SAFE);
COMMENT ON AGGREGATE rowkit_internal._sum_counts(jsonb) IS 'The sum of documents of counters, as _added_counts adds two. Internal.';

CREATE FUNCTION rowkit.column_statistics(table_id uuid, tables regclass DEFAULT NULL)
    RETURNS TABLE(column_id uuid, column_name text, filled_count bigint, unique_count bigint, min_value jsonb, max_value jsonb, top_values jsonb)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'column_statistics_wrapper';
COMMENT ON FUNCTION rowkit.column_statistics(uuid, regclass) IS
'Returns a row with figures for each column of a custom table, the common fields that no column defines first. '
'It reads the live records once, with the caller''s rights and row security; live_table_statistics has the counters that need no reading. Memory is bounded by rowkit.max_work_mem: a column with too many different values '
'has no top_values, and with still more no unique_count. Columns that the record''s own row answers, such as those of type created_at, are left out. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT column_name, filled_count, max_value FROM column_statistics(''0193…''). '
'table_id is the custom table. tables is the relation tables, by default the one on the search_path. column_id is the column, NULL for a common field that no column defines. column_name is its name. '
'filled_count is how many records have a value. unique_count is how many different values there are, as a unique column tells them apart, of lists the elements; NULL where they are too many. '
'min_value is the lowest value of a number, date, time or text, max_value the highest; NULL for other types and without a value. top_values are the ten most frequent values as [{"value", "count"}], of lists the elements; NULL where there are too many.';

CREATE FUNCTION rowkit.rebuild_table_statistics(table_id uuid DEFAULT NULL, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'rebuild_table_statistics_wrapper';
COMMENT ON FUNCTION rowkit.rebuild_table_statistics(uuid, regclass) IS
'Counts the live records of custom tables anew while others write them, and puts record_statistics right. '
'Returns how many tables it counted. Without table_id these are the tables that are still to be counted: large ones whose columns, options or statuses changed. rowkit.schedule_jobs() runs it. Editors of a table''s '
'columns wait meanwhile. 42501 for anyone but the owner of tables, 42704 for a table that is not there, 55000 in a transaction that keeps one snapshot. VOLATILE. '
'table_id is the custom table, NULL for all that are still to be counted. tables is the relation tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.table_statistics_drift(table_id uuid DEFAULT NULL, tables regclass DEFAULT NULL)
    RETURNS TABLE(table_name regclass, record_key text, stored bigint, counted bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'table_statistics_drift_wrapper';
COMMENT ON FUNCTION rowkit.table_statistics_drift(uuid, regclass) IS
'Returns every counter of record_statistics that differs from the live records. '
'No row is what there should be. Tables that are still to be counted are left out. Drift comes from writing with session_replication_role = replica or with the triggers disabled; rebuild_table_statistics() puts it right. '
'It reads all records. 42501 for anyone but the owner of tables. STABLE. '
'table_id is the custom table, NULL for all. tables is the relation tables, by default the one on the search_path. table_name is record_statistics. record_key is {"table_id", "counter"}, the counter as its path in counts. '
'stored is what the counter says. counted is what the records are.';
