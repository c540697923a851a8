-- Queries over the records of custom tables: SQL declarations of the functions in src/records/query/.

CREATE FUNCTION rowkit.query_records(table_id uuid, query jsonb DEFAULT '{}', tables regclass DEFAULT NULL)
    RETURNS TABLE(record_id uuid, record jsonb, cursor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50
    AS 'MODULE_PATHNAME', 'query_records_wrapper';
COMMENT ON FUNCTION rowkit.query_records(uuid, jsonb, regclass) IS
'Returns a page of the records of a custom table: filtered, searched and sorted. '
'query is one object, {"filter", "search", "sort", "limit", "after", "before", "fields", "expand", "time_zone"}, every key optional; docs/queries.md describes it. Without sort the oldest come first; without limit a page has 50 records, and at most 10,000. '
'For the next page give the cursor of the last row as after, for the one before the cursor of the first row as before. With the caller''s rights and row security; deleted records are not found. '
'22023 with all problems of the query as JSON in DETAIL, and for a cursor of another order; 42704 when the table is not there or not visible to the caller. STABLE. '
'Example: SELECT record ->> ''name'' FROM query_records(''0193…'', ''{"filter": {"column": "amount", "op": ">", "value": 100}, "sort": [{"column": "amount", "direction": "desc"}]}''). '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path. record_id is the record. record is the record in flat form. cursor is where the record stands in the result.';

CREATE FUNCTION rowkit.count_records(table_id uuid, query jsonb DEFAULT '{}', max_count bigint DEFAULT NULL, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'count_records_wrapper';
COMMENT ON FUNCTION rowkit.count_records(uuid, jsonb, bigint, regclass) IS
'Returns the number of records that match the filter and the search text of a query. Rights and errors as query_records; 22023 for a max_count below 1. STABLE. '
'Example: SELECT count_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}'', max_count => 1000). '
'table_id is the custom table. query is as in query_records. max_count is where counting ends, NULL for never. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.filter_records(table_id uuid, query jsonb DEFAULT '{}', tables regclass DEFAULT NULL) RETURNS SETOF uuid
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
    AS 'MODULE_PATHNAME', 'filter_records_wrapper';
COMMENT ON FUNCTION rowkit.filter_records(uuid, jsonb, regclass) IS
'Returns the ids of all records that meet the filter and the search text of a query, in no order, for joins. Rights and errors as query_records. STABLE. '
'Example: SELECT record.* FROM filter_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}'') AS record_id JOIN records AS record ON record.id = record_id. '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.explain_records(table_id uuid, query jsonb DEFAULT '{}', tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'explain_records_wrapper';
COMMENT ON FUNCTION rowkit.explain_records(uuid, jsonb, regclass) IS
'Runs query_records and returns how it found the page: {"plan", "index_id", "examined_entries", "examined_records", "returned_records", "advice"}. plan is walk (along an index in the order of the sort list), creation (in the order of created_at), '
'candidates (the records that indexes name), search or scan (all records of the table). advice, where there is any, is the statement that would make an index for the filter. Rights and errors as query_records. STABLE. '
'Example: SELECT explain_records(''0193…'', ''{"filter": {"column": "amount", "op": ">", "value": 100}}''). '
'table_id is the custom table. query is as in query_records. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.index_advice(table_id uuid, tables regclass DEFAULT NULL)
    RETURNS TABLE(
        column_id uuid, column_name text, is_indexed boolean, query_count bigint, examined_records bigint, returned_records bigint, p95_ms double precision,
        estimated_bytes bigint)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
    AS 'MODULE_PATHNAME', 'index_advice_wrapper';
COMMENT ON FUNCTION rowkit.index_advice(uuid, regclass) IS
'Returns the columns of a table that queries filter or sort by or that are indexed, those without an index first, the costliest of these before the others. '
'Queries that end without an error are counted in memory, also in a READ ONLY transaction; nothing is written. On PostgreSQL 17 and newer the counts are those of all sessions since the '
'server started, of some ten thousand columns, the least used of which give way; on older servers those of this session. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT column_name, examined_records FROM index_advice(''0193…'') WHERE NOT is_indexed. '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path. column_id is the column, column_name its name. is_indexed is indexed of table_columns. '
'query_count is how many queries had a condition on the column that every record must meet, or sorted by it first. examined_records is how many records these queries read, returned_records how many of those met the filter; '
'both are NULL where policies of your own hide records of a table from its members. '
'p95_ms is the 95th percentile of the duration of these queries in milliseconds, as the upper end of one of the buckets 0.25, 0.5, 1 and so on. estimated_bytes is what an index takes on disk, by the keys of a sample of 1,000 records.';

CREATE FUNCTION rowkit.aggregate_records(table_id uuid, query jsonb, aggregates jsonb, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'aggregate_records_wrapper';
COMMENT ON FUNCTION rowkit.aggregate_records(uuid, jsonb, jsonb, regclass) IS
'Returns figures over all records that a query means, as an object. aggregates is {"total": {"function": "sum", "column": "amount"}, …}, and the result has the same names. '
'The functions are count, empty, filled, unique, percent_empty, percent_filled, percent_unique, min, max, range, sum, average, median, std_dev, variance, earliest, latest, checked, percent_checked and distribution. Numbers are exact; quotients have 20 digits behind the point. '
'Rights and errors as query_records; 54000 for a distribution of more than 5,000 values. STABLE. '
'Example: SELECT aggregate_records(''0193…'', ''{}'', ''{"total": {"function": "sum", "column": "amount"}}'') ->> ''total''. '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.group_records(table_id uuid, query jsonb, by jsonb, aggregates jsonb DEFAULT '{}', tables regclass DEFAULT NULL)
    RETURNS TABLE(group_values jsonb, record_count bigint, figures jsonb)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
    AS 'MODULE_PATHNAME', 'group_records_wrapper';
COMMENT ON FUNCTION rowkit.group_records(uuid, jsonb, jsonb, jsonb, regclass) IS
'Returns the groups of the records that a query means, in the order of their values, empty ones last. by is an array of 1 to 3 columns, ["stage", {"column": "due", "period": "month"}]; period is day, week, month, quarter or year, in the time zone of the query. '
'aggregates is as in aggregate_records. Rights and errors as query_records; 54000 for more than 5,000 groups. STABLE. '
'Example: SELECT group_values ->> ''stage'', record_count FROM group_records(''0193…'', ''{}'', ''["stage"]''). '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. tables is the relation tables of custom_tables, by default the one on the search_path. '
'group_values is {column: value}, of a period its first day. record_count is how many records the group has. figures is what aggregates asks for.';

CREATE FUNCTION rowkit.guard_table_view() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_table_view_wrapper';
COMMENT ON FUNCTION rowkit.guard_table_view() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on table_views: checks query and group_by (22023 with all problems in DETAIL), and stores columns and choices by their ids.';

CREATE FUNCTION rowkit.query_view(view_id uuid, query jsonb DEFAULT '{}', table_views regclass DEFAULT NULL)
    RETURNS TABLE(record_id uuid, record jsonb, cursor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50
    AS 'MODULE_PATHNAME', 'query_view_wrapper';
COMMENT ON FUNCTION rowkit.query_view(uuid, jsonb, regclass) IS
'Returns a page of the records of a view, as query_records does. query adds to the view: both filters hold, and what else it says counts in place of what the view says. '
'Rights and errors as query_records; 42704 when the view is not there or not visible to the caller; 22023 also when a column of the view was deleted. STABLE. '
'Example: SELECT record ->> ''name'' FROM query_view(''0193…'', ''{"limit": 20}''). '
'view_id is the id in table_views. table_views is the relation table_views of custom_tables, by default the one beside the tables on the search_path. record_id is the record. record is the record in flat form. cursor is where the record stands in the result.';

CREATE FUNCTION rowkit.view_problems(view_id uuid, table_views regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'view_problems_wrapper';
COMMENT ON FUNCTION rowkit.view_problems(uuid, regclass) IS
'Returns what query_view would refuse of a view, and what is missing of its group_by, as a JSON array of {path, code, params, message}; [] for a view that works. A column that was deleted is query.unknown_column. '
'42704 when the view is not there or not visible to the caller. STABLE. Example: SELECT view_problems(''0193…''). '
'view_id is the id in table_views. table_views is the relation table_views of custom_tables, by default the one beside the tables on the search_path.';
