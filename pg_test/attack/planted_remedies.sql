-- What an admin is told to run, and what rowkit takes for its own by name or comment, is not for strangers to write.
\connect - plain
CREATE TABLE plainhome.t (tenant_id uuid);
ALTER TABLE plainhome.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_select ON plainhome.t FOR SELECT USING (true);
COMMENT ON POLICY tenant_select ON plainhome.t IS 'Made by rowkit: tenant_select. Checksum 00000000000000000000000000000000. By enable_tenant_isolation(''plainhome.t'', dry_run => true); ALTER ROLE plain SUPERUSER';
CREATE TABLE plainhome.m (user_id uuid, tenant_id uuid, PRIMARY KEY (user_id, tenant_id));
SELECT count(*) FROM rowkit.register_membership('plainhome.m', 'user_id', 'tenant_id');
CREATE TABLE plainhome.t3 (id int PRIMARY KEY, tenant_id uuid NOT NULL);
SELECT count(*) FROM rowkit.enable_tenant_isolation('plainhome.t3', membership => 'plainhome.m', commands => '{select}',
    read_condition => 'true)); CREATE TABLE IF NOT EXISTS plainhome.who AS SELECT current_user AS u; SELECT ((1');
DROP TABLE plainhome.who;
ALTER POLICY tenant_select ON plainhome.t3 USING (true);
\connect - rowkit
SELECT attack.holds(count(*) = 0, format('no remedy is plain''s: %s', string_agg(remedy, ' | ')))
FROM rowkit.isolation_report() WHERE remedy ~ 'SUPERUSER|plainhome.who';
SELECT attack.holds(count(*) > 0, 'the problem is told all the same') FROM rowkit.isolation_report() WHERE object_name IN ('plainhome.t', 'plainhome.t3');
-- A view over somebody's table, with the comment of the view of live rows.
\connect - plain
CREATE VIEW plainhome.np AS SELECT id FROM ct.records;
\if :is_15
ALTER VIEW plainhome.np SET (security_invoker = true);
\endif
COMMENT ON VIEW plainhome.np IS 'The rows of records that are not deleted; DELETE marks them as deleted.';
\connect - rowkit
ALTER TABLE ct.records ADD COLUMN extra text;
SELECT count(*) FROM rowkit.drop_column('ct.records', 'extra');
SELECT attack.holds(rowkit_internal._active_view('ct.records') = 'ct.records_active'::regclass, 'the view of live rows is the table''s own');
-- A default that draws from somebody's sequence.
\connect - plain
CREATE TABLE plainhome.seq (id bigint PRIMARY KEY);
\connect - rowkit
GRANT USAGE ON SEQUENCE ca.customer_accounts_id_seq TO plain;
\connect - plain
ALTER TABLE plainhome.seq ALTER COLUMN id SET DEFAULT nextval('ca.customer_accounts_id_seq');
INSERT INTO plainhome.seq VALUES (9223372036854775807);
\connect - rowkit
SELECT attack.shows_nothing($$SELECT * FROM rowkit.advance_sequences('plainhome')$$, '42501');
SELECT attack.holds(last_value < 1000000, 'the sequence stands where it was') FROM ca.customer_accounts_id_seq;
-- An upsert by a superuser into plain's tables.
\connect - plain
CREATE TABLE plainhome.tables (id uuid PRIMARY KEY, organization_id uuid, schema jsonb, unknown_keys text DEFAULT 'allow', options jsonb DEFAULT '{}');
CREATE TABLE plainhome.records (id uuid PRIMARY KEY, organization_id uuid, table_id uuid, name text, email text, company text, status text, data jsonb);
CREATE TABLE plainhome.record_keys (table_id uuid, column_id text, key text, record_id uuid);
INSERT INTO plainhome.tables VALUES (attack.id('t'), NULL, '{"version": 1, "columns": [{"id": "33333333-3333-4333-8333-333333333333", "name": "code", "type": "text", "unique": true}], "statuses": []}');
CREATE TRIGGER trap BEFORE INSERT ON plainhome.records FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
SELECT attack.holds(attack.trap('plain'), 'the trap is there');
\connect - rowkit
SELECT attack.shows_nothing(format('SELECT * FROM rowkit.upsert_record(%L, ''code'', ''{"code": "x"}'', ''plainhome.tables'')', attack.id('t')), '42501');
-- A link that somebody deleted who may; a member without that right links the same again.
CREATE SCHEMA app3;
GRANT USAGE ON SCHEMA app3 TO authenticated;
CREATE TABLE app3.m (user_id uuid, tenant_id uuid, role text, PRIMARY KEY (user_id, tenant_id));
INSERT INTO app3.m VALUES (attack.id('a1'), attack.id('A'), 'owner'), (attack.id('a3'), attack.id('A'), 'member'), (attack.id('b1'), attack.id('B'), 'owner');
SELECT count(*) FROM rowkit.register_membership('app3.m', 'user_id', 'tenant_id', role_column => 'role', roles => '{viewer,member,owner}');
CREATE TABLE app3.x (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE app3.y (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE app3.l (x_id int REFERENCES app3.x ON DELETE CASCADE, y_id int REFERENCES app3.y ON DELETE CASCADE, tenant_id uuid NOT NULL, note text, PRIMARY KEY (x_id, y_id));
CREATE TABLE app3.c (id int PRIMARY KEY, tenant_id uuid NOT NULL, x_id int, y_id int, v text, FOREIGN KEY (x_id, y_id) REFERENCES app3.l ON DELETE CASCADE);
SELECT count(*) FROM unnest('{app3.x,app3.y,app3.l,app3.c}'::regclass[]) AS t, rowkit.enable_soft_delete(t);
SELECT count(*) FROM unnest('{app3.x,app3.y,app3.c}'::regclass[]) AS t, rowkit.enable_tenant_isolation(t, membership => 'app3.m', write_role => 'member');
SELECT count(*) FROM rowkit.enable_tenant_isolation('app3.l', membership => 'app3.m', write_role => 'member', delete_role => 'owner');
INSERT INTO app3.x VALUES (1, attack.id('A')), (2, attack.id('B'));
INSERT INTO app3.y VALUES (1, attack.id('A')), (2, attack.id('B'));
INSERT INTO app3.l VALUES (1, 1, attack.id('A'), 'orig'), (2, 2, attack.id('B'), 'bsecret');
INSERT INTO app3.c VALUES (1, attack.id('A'), 1, 1, 'child'), (2, attack.id('B'), 2, 2, 'bsecret');
\connect - authenticator
SELECT attack.sign_in('b1');
DELETE FROM app3.l WHERE x_id = 2;
SELECT attack.sign_in('a1');
DELETE FROM app3.l WHERE x_id = 1;
SELECT attack.sign_in('a3');
SELECT attack.refused(format('INSERT INTO app3.l VALUES (%s, %s, %L, ''mine'')', n, n, attack.id('A')), '23505', '42501') FROM unnest(ARRAY[1, 2]) AS n;
-- Who may delete it may put another in its place.
SELECT attack.sign_in('a1');
INSERT INTO app3.l VALUES (1, 1, attack.id('A'), 'again');
\connect - rowkit
SELECT attack.holds(count(*) = 1 AND bool_and(v = 'bsecret'), 'B''s rows are there') FROM app3.c;
SELECT attack.holds(count(*) = 1, 'B''s link is there') FROM app3.l WHERE x_id = 2 AND tenant_id = attack.id('B');
