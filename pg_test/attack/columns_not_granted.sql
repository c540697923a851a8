-- The service hides a column of records from end users by a grant on the others. Its index is read with the owner's rights, and must not tell of values by what is found in it.
\connect - rowkit
UPDATE ct.table_columns SET indexed = true WHERE table_id = attack.id('A table') AND name IN ('email', 'salary', 'name');
REVOKE SELECT ON ct.records FROM authenticated;
GRANT SELECT (id, table_id, organization_id, name, data, created_at, updated_at, deleted_at, created_by, search_vector, company, status, deleted_by, deletion_id) ON ct.records TO authenticated;
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.holds(count(*) > 0, 'what is granted is read') FROM (SELECT id, name FROM ct.records) AS granted;
SELECT attack.refused('SELECT email FROM ct.records', '42501');
-- Found or not: the answer is the same.
SELECT attack.refused(format(call, attack.id('A table'), jsonb_build_object('filter', jsonb_build_object('column', 'email', 'op', 'starts_with', 'value', value))), '42501')
FROM unnest('{alice,nobody}'::text[]) AS value
CROSS JOIN unnest(ARRAY['SELECT ct.count_records(%L, %L)', 'SELECT * FROM ct.filter_records(%L, %L)', 'SELECT ct.explain_records(%L, %L)', 'SELECT ct.aggregate_records(%L, %L, ''{"n": {"function": "count"}}'')',
    'SELECT * FROM ct.query_records(%L, %L)', 'SELECT * FROM ct.group_records(%L, %L, ''["name"]'')']) AS call;
-- Nor by the keys of unique columns.
SELECT attack.refused(format('SELECT * FROM ct.upsert_records(%L, ''email'', %L)', attack.id('A table'), jsonb_build_array(jsonb_build_object('name', 'x', 'email', value, 'salary', 1500))), '42501')
FROM unnest('{alice@a.example,nobody@a.example}'::text[]) AS value;
\connect - rowkit
GRANT SELECT ON ct.records TO authenticated;
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.holds(ct.count_records(attack.id('A table'), '{"filter": {"column": "email", "op": "starts_with", "value": "alice"}}') = 1, 'whoever may read all of a record finds it');
