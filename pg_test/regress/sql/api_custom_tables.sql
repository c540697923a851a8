-- What applications of custom_tables call, as PostgREST calls it: an end user, named arguments, and nothing but the blueprint's schema on the search_path.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app;
\set acme '\'00000000-0000-4000-8000-0000000000a0\''
\set beta '\'00000000-0000-4000-8000-0000000000b0\''
\set deals '\'00000000-0000-4000-8000-0000000000c1\''
INSERT INTO organizations (id, name, max_tables) VALUES (:acme, 'Acme', 3), (:beta, 'Beta', NULL);
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1'), ('00000000-0000-4000-8000-0000000000a2'), ('00000000-0000-4000-8000-0000000000b1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :acme, 'admin'),
    ('00000000-0000-4000-8000-0000000000a2', :acme, 'viewer'), ('00000000-0000-4000-8000-0000000000b1', :beta, 'owner');
INSERT INTO tables (id, organization_id, name) VALUES (:deals, :acme, 'Deals');
INSERT INTO table_columns (id, table_id, name, type, is_unique, options) VALUES
    ('00000000-0000-4000-8000-0000000000d1', :deals, 'amount', 'integer', false, '{"min": 0}'), ('00000000-0000-4000-8000-0000000000d2', :deals, 'code', 'text', true, '{}');
INSERT INTO table_statuses (table_id, name) VALUES (:deals, 'open'), (:deals, 'won');

-- Ann, an admin of Acme: records in flat form.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT id AS ann, name, email, status, data, organization_id = :acme AS own, created_by FROM create_record(
    table_id => :deals, data => '{"name": "Ann Ames", "email": "ann@example.com", "status": "open", "amount": 5, "code": "a", "id": "x", "created_at": "x"}') \gset
SELECT :'name' AS name, :'email' AS email, :'status' AS status, :'data' AS data, :'own' AS own, :'created_by' AS created_by;
SELECT name, data FROM create_records(table_id => :deals, records => '[{"name": "Bob", "amount": 7, "code": "b"}, {"name": "Cy"}]');
SELECT data - '{id,created_at,updated_at,organization_id,table_id,created_by}'::text[] AS flat, data ? 'id' AS has_id FROM get_records(record_ids => ARRAY[:'ann']::uuid[]);
SELECT get_record(record_id => :'ann') ->> 'amount' AS amount, get_record(record_id => :deals) AS missing;
-- All or none, with every problem in DETAIL.
\set VERBOSITY default
SELECT * FROM create_records(table_id => :deals, records => '[{"name": "Di", "amount": 1}, {"name": "Ed", "amount": -1, "status": "lost"}]');
SELECT * FROM create_record(table_id => :deals, data => '{"name": "Twice", "code": "a"}');
\set VERBOSITY sqlstate
SELECT * FROM create_record(table_id => :deals, data => '5');
SELECT count(*) FROM records;
-- What is not named stays, null takes a value away.
SELECT name, status, data FROM update_record(record_id => :'ann', changes => '{"status": "won", "amount": 6, "code": null, "updated_at": "x"}');
SELECT * FROM update_record(record_id => :'ann', changes => '{"amount": -6}');
SELECT count(*) FROM update_record(record_id => :deals, changes => '{"amount": 6}');
SELECT bulk_update_records(record_ids => ARRAY[:'ann']::uuid[], changes => '{"code": "a"}');
SELECT record_id = :'ann' AS same, is_new FROM upsert_record(table_id => :deals, match_on => 'code', data => '{"code": "a", "amount": 8}');
SELECT is_new FROM upsert_records(table_id => :deals, match_on => 'code', records => '[{"code": "b", "amount": 9}, {"code": "z", "name": "Zoe"}]');
SELECT is_new FROM upsert_record(table_id => :deals, match_on => 'amount', data => '{"amount": 8}');
SELECT map_record_fields(input => '{"Sum": 5}', mapping => '{"Sum": "amount"}');
-- Rules.
SELECT validate_record(table_id => :deals, data => '{"amount": 5}'), validate_record(table_id => :deals, data => '{"amount": -5}') #>> '{0,code}' AS code;
SELECT column_name, code, params FROM record_errors(table_id => :deals, data => '{"amount": -5, "email": "no"}');
SELECT is_valid_record(table_id => :deals, data => '{"amount": 5}'), is_valid_record(table_id => :deals, data => '{"amount": -5}');
SELECT data, errors FROM cast_record(table_id => :deals, data => '{"amount": "1,234", "name": "Fay"}');
SELECT table_json_schema(table_id => :deals) #> '{properties,amount}' AS amount;
SELECT count(*) FROM invalid_records(table_id => :deals);
-- Search, by ids page by page, and by rows.
SELECT match_level, cursor IS NOT NULL AS has_cursor FROM search_records(table_id => :deals, query => 'ann', max_rows => 1);
SELECT count(*) FROM search_records(table_id => :deals, query => 'ann', after => (SELECT cursor FROM search_records(table_id => :deals, query => 'ann')));
SELECT name, email FROM find_records(table_id => :deals, query => 'am');
-- Deleting and restoring.
SELECT count(*) > 0 AS told FROM preview_delete_record(record_id => :'ann');
SELECT delete_record(record_id => :'ann', reason => 'twice'), delete_record(record_id => :'ann') AS again;
SELECT record_key = :'ann' AS same, reason, record ->> 'name' AS name, deleted_by FROM deleted_records(max_rows => 10);
SELECT get_record(record_id => :'ann') AS deleted, (SELECT count(*) FROM find_records(table_id => :deals, query => 'am')) AS found;
SELECT count(*) FROM update_record(record_id => :'ann', changes => '{"amount": 6}');
SELECT restore_record(record_id => :'ann'), restore_record(record_id => :'ann') AS again;
SELECT bulk_delete_records(record_ids => ARRAY[:'ann']::uuid[]), restore_records(record_ids => ARRAY[:'ann', :deals]::uuid[]);
SELECT delete_table(table_id => :deals, reason => 'old');
SELECT (SELECT count(*) FROM tables) AS tables, (SELECT count(*) FROM records) AS records;
SELECT restore_table(table_id => :deals), restore_table(table_id => :deals) AS again;
SELECT (SELECT count(*) FROM tables) AS tables, (SELECT count(*) FROM records) AS records;
-- Columns.
SELECT rename_column(table_id => :deals, from_name => 'amount', to_name => 'total');
SELECT delete_column(table_id => :deals, column_name => 'total');
SELECT get_record(record_id => :'ann') ? 'total' AS has_total;
SELECT restore_column(column_id => '00000000-0000-4000-8000-0000000000d1');
SELECT get_record(record_id => :'ann') -> 'total' AS total;
SELECT resource_type, used, usage_limit FROM organization_usage(organization_id => :acme);
SELECT table_name, record_count FROM get_table_statistics(table_id => :deals);
-- What was done, and taking it back.
SELECT action, user_id IS NOT NULL AS signed, new_data ->> 'status' AS status FROM record_history(record_id => :'ann') LIMIT 2;
UPDATE records SET name = 'Oops' WHERE id = :'ann';
SELECT undo_transaction(transaction => (SELECT transaction FROM record_history(record_id => :'ann') ORDER BY created_at DESC LIMIT 1));
SELECT name FROM records WHERE id = :'ann';

-- What get_record() returns can be given back as it is.
SELECT data FROM update_record(record_id => :'ann', changes => get_record(record_id => :'ann'));

-- A viewer reads.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT get_record(record_id => :'ann') ->> 'name' AS name, (SELECT count(*) FROM find_records(table_id => :deals, query => 'am')) AS found;
SELECT * FROM create_record(table_id => :deals, data => '{"name": "No"}');
SELECT count(*) FROM update_record(record_id => :'ann', changes => '{"name": "No"}');
SELECT delete_record(record_id => :'ann'), bulk_update_records(record_ids => ARRAY[:'ann']::uuid[], changes => '{"name": "No"}');
SELECT delete_table(table_id => :deals);
SELECT count(*) FROM record_history(record_id => :'ann');

-- A stranger gets nothing, as if none of it were there.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT * FROM create_record(table_id => :deals, data => '{"name": "No"}');
SELECT * FROM create_records(table_id => :deals, records => '[]');
-- What is no record, or no list of them.
SELECT * FROM create_records(table_id => :deals, records => NULL);
SELECT * FROM create_records(table_id => :deals, records => '{"name": "Fay"}');
SELECT * FROM create_records(table_id => :deals, records => '[{"name": "Fay"}, "x"]');
SELECT * FROM create_record(table_id => :deals, data => NULL);
SELECT * FROM create_record(table_id => :deals, data => '[]');
SELECT * FROM update_record(record_id => (SELECT id FROM records LIMIT 1), changes => '"x"');
SELECT * FROM update_record(record_id => (SELECT id FROM records LIMIT 1), changes => NULL);
SELECT get_record(record_id => :'ann');
SELECT count(*) FROM get_records(record_ids => ARRAY[:'ann']::uuid[]);
SELECT count(*) FROM update_record(record_id => :'ann', changes => '{"name": "No"}');
SELECT bulk_update_records(record_ids => ARRAY[:'ann']::uuid[], changes => '{"name": "No"}'), bulk_delete_records(record_ids => ARRAY[:'ann']::uuid[]);
SELECT * FROM upsert_record(table_id => :deals, match_on => 'code', data => '{"code": "a"}');
SELECT * FROM upsert_records(table_id => :deals, match_on => 'code', records => '[{"code": "a"}]');
SELECT validate_record(table_id => :deals, data => '{}');
SELECT is_valid_record(table_id => :deals, data => '{}');
SELECT * FROM record_errors(table_id => :deals, data => '{}');
SELECT * FROM cast_record(table_id => :deals, data => '{}');
SELECT table_json_schema(table_id => :deals);
SELECT * FROM invalid_records(table_id => :deals);
SELECT * FROM search_records(table_id => :deals, query => 'ann');
SELECT count(*) FROM find_records(table_id => :deals, query => 'ann');
SELECT delete_record(record_id => :'ann'), restore_record(record_id => :'ann'), restore_records(record_ids => ARRAY[:'ann']::uuid[]);
SELECT * FROM preview_delete_record(record_id => :'ann');
SELECT count(*) FROM deleted_records();
SELECT delete_table(table_id => :deals), restore_table(table_id => :deals);
SELECT rename_column(table_id => :deals, from_name => 'code', to_name => 'mine');
SELECT delete_column(table_id => :deals, column_name => 'code');
SELECT restore_column(column_id => '00000000-0000-4000-8000-0000000000d1');
SELECT * FROM organization_usage(organization_id => :acme);
SELECT count(*) FROM get_table_statistics(table_id => :deals);
SELECT count(*) FROM record_history(record_id => :'ann');
RESET ROLE;
SELECT transaction FROM audit_logs WHERE action = 'UPDATE' ORDER BY id DESC LIMIT 1 \gset
SET ROLE authenticated;
SELECT undo_transaction(transaction => :'transaction');
RESET ROLE;
-- A column of the user's own is returned, too.
ALTER TABLE records ADD COLUMN priority integer DEFAULT 3;
SELECT name, priority FROM create_record(table_id => :deals, data => '{"name": "Gus"}');
SELECT name, priority FROM update_record(record_id => :'ann', changes => '{}');
SELECT name, priority FROM find_records(table_id => :deals, query => 'gus');

-- No two functions of a name that PostgREST cannot tell apart, none that takes a table's name as a type, and a summary on the first line of each comment.
SELECT one.oid::regprocedure AS one, other.oid::regprocedure AS other
FROM pg_proc AS one JOIN pg_proc AS other ON other.pronamespace = one.pronamespace AND other.proname = one.proname AND other.oid > one.oid
WHERE one.pronamespace = 'app'::regnamespace AND one.proargnames[1:one.pronargs] IS NOT DISTINCT FROM other.proargnames[1:other.pronargs];
SELECT oid::regprocedure AS takes_a_relation FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND 'regclass'::regtype = ANY (proargtypes::oid[]);
SELECT oid::regprocedure AS without_a_summary FROM pg_proc
WHERE pronamespace = 'app'::regnamespace AND prorettype <> 'trigger'::regtype AND obj_description(oid, 'pg_proc') !~ '^[^\n]{10,160}\.\n[^\n]'
ORDER BY 1;
RESET search_path;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated, service_role;
