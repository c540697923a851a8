-- A trigger's arguments name other tables, and whoever owns a table may hang a trigger on it. Plain, who has no rights on anything of B's, names B's tables in
-- triggers on tables of its own, to read schemas, to try, reserve and delete unique keys, to count on B's counters and to write into B's log.
\connect - plain
CREATE TABLE plainhome.x (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid, account_id uuid, table_id uuid, name text, email text, data jsonb, label text, type text, created_at timestamptz, search_vector tsvector);
CREATE FUNCTION plainhome.hang(events text, called text, command text, VARIADIC states text[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN attack.refused(format('DO $do$ BEGIN CREATE TRIGGER hung %s EXECUTE FUNCTION rowkit.%s; %s; END $do$', events, called, command), VARIADIC states);
END
$$;
-- Schemas.
SELECT plainhome.hang('BEFORE INSERT OR UPDATE ON plainhome.x FOR EACH ROW', 'enforce_record_schema(''ct.tables'')',
    format('INSERT INTO plainhome.x (table_id, data) VALUES (%L, ''{"grade": "x"}'')', attack.id('B table')), '42501');
-- Keys: whether one is taken, to reserve one, to delete one.
CREATE TABLE plainhome.tables (id uuid PRIMARY KEY, schema jsonb NOT NULL DEFAULT '{}');
INSERT INTO plainhome.tables VALUES (attack.id('B table'), '{"version": 1, "columns": [{"id": "11111111-1111-4111-8111-111111111111", "name": "email", "type": "email", "unique": true}]}');
SELECT plainhome.hang('AFTER INSERT ON plainhome.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', called,
    format('INSERT INTO plainhome.x (id, organization_id, table_id, email, data) VALUES (%L, %L, %L, %L, ''{}'')', attack.id(record), attack.id('B'), attack.id('B table'), email), '42501')
FROM unnest(ARRAY['enforce_record_keys(''plainhome.tables'', ''ct.record_keys'')', 'enforce_record_keys(''ct.tables'', ''ct.record_keys'')']) AS called,
    unnest('{B record,plain record}'::text[]) AS record, unnest('{bob@bsecret.example,nobody@bsecret.example}'::text[]) AS email;
SELECT plainhome.hang('AFTER UPDATE ON plainhome.x REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT', 'enforce_record_keys(''plainhome.tables'', ''ct.record_keys'')',
    format('INSERT INTO plainhome.x (id, organization_id, table_id, email, data) VALUES (%L, %L, %L, ''bob@bsecret.example'', ''{}''); UPDATE plainhome.x SET email = NULL', attack.id('B record'), attack.id('B'), attack.id('B table')), '42501');
-- Numbers of B's table, where the schema is plain's to make up.
UPDATE plainhome.tables SET schema = '{"version": 1, "columns": [{"id": "11111111-1111-4111-8111-111111111111", "name": "num", "type": "autonumber"}]}';
SELECT plainhome.hang('BEFORE INSERT ON plainhome.x FOR EACH ROW', called, format('INSERT INTO plainhome.x (id, organization_id, table_id, data) VALUES (gen_random_uuid(), %L, %L, ''{}'')', attack.id('B'), attack.id('B table')),
    '42501', '42P01', '42704', '22023', '55000')
FROM unnest(ARRAY['enforce_record_schema(''ct.tables'')', 'enforce_record_schema(''plainhome.tables'', ''ct.record_counters'')']) AS called;
-- Counters, of any mode, and the tables beside them.
SELECT plainhome.hang('AFTER INSERT ON plainhome.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', called,
    format('INSERT INTO plainhome.x (organization_id, account_id) VALUES (%L, %L)', attack.id('B'), attack.id('B')), '42501', '42704')
FROM unnest(ARRAY['maintain_usage_counter(''dc.accounts'', ''account_id'', ''current_project_count'')', 'maintain_usage_counter(''ct.organizations'', ''organization_id'', ''max_tables'')',
    'maintain_usage_counter(''dc.accounts'', ''account_id'', ''current_project_count'', ''mode=sharded'')']) AS called;
-- Logs.
SELECT plainhome.hang('AFTER INSERT ON plainhome.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', called,
    format('INSERT INTO plainhome.x (organization_id, account_id) VALUES (%L, %L)', attack.id('B'), attack.id('B')), '42501')
FROM unnest(ARRAY['log_audit_trail(''audit_logs=ct.audit_logs'')', 'log_audit_trail(''audit_logs=dc.audit_logs'', ''tenant=account_id'')', 'log_audit_trail(''audit_logs=ct.audit_logs'', ''tenant=organization_id'')']) AS called;
-- The schemas of B's tables, made anew from columns that plain makes up.
SELECT plainhome.hang('AFTER INSERT ON plainhome.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', 'propagate_table_schema(''ct.tables'')', format('INSERT INTO plainhome.x (table_id) VALUES (%L)', attack.id('B table')), '42501');
SELECT plainhome.hang('BEFORE INSERT ON plainhome.x FOR EACH ROW', 'check_table_column(''ct.tables'')', format('INSERT INTO plainhome.x (table_id, name, label, type) VALUES (%L, ''salary'', ''x'', ''text'')', attack.id('B table')), '42501', '42703', '42804', '22023');
-- Memberships: how many hold a role in B.
SELECT plainhome.hang('AFTER UPDATE ON plainhome.x REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT', 'guard_membership(''ct.user_organizations'', ''organization_id'', ''role'', ''owner'')',
    format('INSERT INTO plainhome.x (organization_id) VALUES (%L); UPDATE plainhome.x SET name = ''y''', attack.id('B')), '42501', '22023', '42703', '42P01', '42704', '42809', '55000');
-- A sign-up copies into a table of users, and never fails because of that: what counts is that nobody is there afterwards.
CREATE TRIGGER sign_up AFTER INSERT ON plainhome.x FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('ct.users');
INSERT INTO plainhome.x (id, email) VALUES (attack.id('new'), 'new@bsecret.example');
DROP TRIGGER sign_up ON plainhome.x;

-- The same names from temporary tables of an end user.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE TEMP TABLE x (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid, account_id uuid, table_id uuid, name text, email text, data jsonb);
SELECT attack.refused(format('DO $do$ BEGIN CREATE TRIGGER hung %s EXECUTE FUNCTION rowkit.%s; INSERT INTO pg_temp.x (organization_id, account_id, table_id, email, data) VALUES (%L, %L, %L, ''bob@bsecret.example'', ''{"grade": "x"}''); END $do$',
    events, called, attack.id('B'), attack.id('B'), attack.id('B table')), '42501')
FROM (VALUES
    ('BEFORE INSERT ON pg_temp.x FOR EACH ROW', 'enforce_record_schema(''ct.tables'')'),
    ('AFTER INSERT ON pg_temp.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', 'enforce_record_keys(''ct.tables'', ''ct.record_keys'')'),
    ('AFTER INSERT ON pg_temp.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', 'maintain_usage_counter(''dc.accounts'', ''account_id'', ''current_project_count'')'),
    ('AFTER INSERT ON pg_temp.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', 'log_audit_trail(''audit_logs=ct.audit_logs'')'),
    ('AFTER INSERT ON pg_temp.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', 'propagate_table_schema(''ct.tables'')')) AS given(events, called);

\connect - rowkit
SELECT attack.holds(count(*) = 1, 'B''s key is there as before') FROM ct.record_keys WHERE key LIKE '%bsecret%';
SELECT attack.holds(count(*) = 0, 'nobody wrote into B''s log') FROM ct.audit_logs WHERE table_name LIKE '%plainhome%' OR table_name = 'x';
SELECT attack.holds(count(*) = 0, 'nobody signed up') FROM ct.users WHERE email = 'new@bsecret.example';
