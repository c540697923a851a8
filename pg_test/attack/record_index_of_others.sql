-- The index of custom columns is read natively: an end user asks it for what row security hides, writes to it, or has a superuser read one that is planted.
\connect - rowkit
UPDATE ct.table_columns SET indexed = true WHERE table_id = attack.id('A table');
INSERT INTO ct.records (id, table_id, name, data) SELECT attack.id('more ' || n), table_id, 'more', data - 'num' FROM ct.records CROSS JOIN generate_series(1, 3) AS n WHERE id = attack.id('A record');
SELECT attack.holds(count(*) > 3, 'A has entries') FROM ct.record_index;
CREATE FUNCTION attack.shown_of(column_name text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('filter', jsonb_build_object('column', column_name, 'op', 'is_not_empty')) $$;
GRANT EXECUTE ON FUNCTION attack.shown_of(text) TO PUBLIC;
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.refused(command, '42501')
FROM unnest(ARRAY[
    'SELECT * FROM ct.record_index', 'INSERT INTO ct.record_index SELECT ''x'', attack.id(''A record''), attack.id(''A'')', 'DELETE FROM ct.record_index', 'TRUNCATE ct.record_index',
    'UPDATE ct.table_indexes SET state = ''ready''', 'SELECT * FROM rowkit.record_index_drift(''ct.tables'')', 'CALL rowkit.build_record_indexes_in_batches(tables => ''ct.tables'')',
    'SELECT rowkit.continue_build_record_indexes(tables => ''ct.tables'')', 'SELECT rowkit_internal._make_record_indexes(''ct.tables'')'
]) AS command;
SELECT attack.refused(format(command, attack.id('B table')), '42704', '42501', '23503')
FROM unnest(ARRAY[
    'SELECT * FROM ct.query_records(%L)', 'SELECT ct.count_records(%L)', 'SELECT * FROM ct.filter_records(%L)', 'SELECT ct.explain_records(%L)', 'SELECT * FROM ct.group_records(%L, ''{}'', ''["name"]'')',
    'SELECT ct.aggregate_records(%L, ''{}'', ''{"n": {"function": "count"}}'')', 'INSERT INTO ct.table_indexes (table_id, columns) VALUES (%L, ''["name"]'')',
    'INSERT INTO ct.table_indexes (table_id, columns) VALUES (%L, ''["nothing"]'')', 'INSERT INTO ct.table_views (table_id, name) VALUES (%L, ''x'')', 'INSERT INTO ct.table_views (table_id, name, query) VALUES (%L, ''x'', ''{"x": 1}'')'
]) AS command;
SELECT attack.shows_nothing('SELECT * FROM ct.table_indexes'), attack.shows_nothing('SELECT * FROM ct.table_views');
-- A reference to a record of B's shows nothing of it, whatever is asked.
RESET role;
\connect - rowkit
ALTER TABLE ct.records DISABLE TRIGGER USER;
INSERT INTO ct.table_columns (table_id, name, type, options) VALUES (attack.id('A table'), 'spy', 'reference', jsonb_build_object('table_id', attack.id('B table')));
UPDATE ct.records SET data = data || jsonb_build_object('spy', attack.id('B record')) WHERE table_id = attack.id('A table');
ALTER TABLE ct.records ENABLE TRIGGER USER;
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.shows_nothing(format('SELECT record FROM ct.query_records(%L, ''{"expand": ["spy"], "sort": [{"column": "spy"}]}'')', attack.id('A table')));
SELECT attack.holds(ct.count_records(attack.id('A table'), '{"filter": {"column": "spy", "op": "contains", "value": "secret"}}') = 0, 'a title of B''s is not found');
-- A policy more on records, and no count by the entries alone.
SELECT attack.holds(ct.count_records(attack.id('A table'), attack.shown_of(defined.name)) = (SELECT count(*) FROM ct.records WHERE table_id = attack.id('A table') AND data ? defined.name), 'all are counted')
FROM ct.table_columns AS defined WHERE table_id = attack.id('A table') AND indexed AND name NOT IN ('name', 'email', 'company', 'status');
\connect - rowkit
CREATE POLICY planted ON ct.records AS RESTRICTIVE FOR SELECT USING (name IS DISTINCT FROM 'more');
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.holds(ct.count_records(attack.id('A table'), attack.shown_of(defined.name)) = (SELECT count(*) FROM ct.records WHERE table_id = attack.id('A table') AND data ? defined.name), 'what a policy hides is not counted'),
    attack.holds(NOT EXISTS (SELECT FROM ct.filter_records(attack.id('A table'), attack.shown_of(defined.name)) AS found WHERE found = attack.id('more 1')), 'nor found')
FROM ct.table_columns AS defined WHERE table_id = attack.id('A table') AND indexed AND name NOT IN ('name', 'email', 'company', 'status');
-- A superuser names plain's tables, whose index and whose policies are plain's code.
\connect - rowkit
CREATE SCHEMA plaintables AUTHORIZATION plain;
\connect - plain
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'plaintables');
GRANT USAGE ON SCHEMA plaintables TO PUBLIC;
INSERT INTO plaintables.organizations (id, name) VALUES (attack.id('P'), 'P');
INSERT INTO plaintables.tables (id, organization_id, name) VALUES (attack.id('t1'), attack.id('P'), 't1');
INSERT INTO plaintables.table_columns (table_id, name, type, indexed) VALUES (attack.id('t1'), 'city', 'text', true);
INSERT INTO plaintables.records (id, table_id, name, data) VALUES (attack.id('r1'), attack.id('t1'), 'r1', '{"city": "Kyoto"}');
CREATE FUNCTION plaintables.planted(anyelement) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN true; END $$;
CREATE INDEX ON plaintables.records (name) WHERE plaintables.planted(name);
CREATE INDEX ON plaintables.record_index (record_id) WHERE plaintables.planted(record_id);
CREATE INDEX ON plaintables.table_indexes (id) WHERE plaintables.planted(id);
CREATE INDEX ON plaintables.table_views (id) WHERE plaintables.planted(id);
CREATE INDEX ON plaintables.tables (id) WHERE plaintables.planted(id);
INSERT INTO plaintables.table_views (id, table_id, name) VALUES (attack.id('v1'), attack.id('t1'), 'v1');
\connect - rowkit
SELECT attack.shows_nothing(format(command, attack.id('t1')))
FROM unnest(ARRAY[
    'SELECT * FROM rowkit.query_records(%L, ''{"filter": {"column": "city", "op": "is", "value": "kyoto"}}'', ''plaintables.tables'')', 'SELECT rowkit.count_records(%L, ''{"filter": {"column": "city", "op": "is", "value": "kyoto"}}'', tables => ''plaintables.tables'')',
    'SELECT * FROM rowkit.filter_records(%L, tables => ''plaintables.tables'')', 'SELECT rowkit.explain_records(%L, tables => ''plaintables.tables'')',
    'SELECT * FROM rowkit.group_records(%L, ''{}'', ''["city"]'', tables => ''plaintables.tables'')', 'SELECT rowkit.aggregate_records(%L, ''{}'', ''{"n": {"function": "count"}}'', ''plaintables.tables'')',
    'SELECT * FROM rowkit.record_index_drift(''plaintables.tables'') WHERE record_key <> %L', 'SELECT rowkit.continue_build_record_indexes(tables => ''plaintables.tables'') WHERE %L IS NOT NULL',
    'SELECT rowkit_internal._make_record_indexes(''plaintables.tables'') WHERE %L IS NOT NULL'
]) AS command;
SELECT attack.shows_nothing(format('SELECT * FROM rowkit.query_view(%L, table_views => ''plaintables.table_views'')', attack.id('v1'))),
    attack.shows_nothing(format('SELECT rowkit.view_problems(%L, ''plaintables.table_views'')', attack.id('v1')));
