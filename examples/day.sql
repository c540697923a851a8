-- Once: as Supabase has it, row security decides, not grants. Policies are for the role authenticated where it is there.
CREATE ROLE authenticated;
CREATE SCHEMA catalog;
GRANT USAGE ON SCHEMA catalog TO authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA catalog GRANT ALL ON TABLES TO authenticated;
SELECT count(*) > 100 AS made FROM rowkit.install_blueprint('data_catalog', 'catalog');
SET search_path = catalog;
-- Ann and Bob sign up, Ann with an account: that is your backend's to write.
INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-0000000000a1', 'ann@acme.example'), ('00000000-0000-4000-8000-0000000000b1', 'bob@acme.example');
INSERT INTO accounts (id, name) VALUES ('00000000-0000-4000-8000-0000000000aa', 'Acme');
INSERT INTO account_users (account_id, user_id, role) VALUES ('00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-0000000000a1', 'owner');
-- From here on they ask for themselves: PostgREST sets role and claims for each request. Ann invites Bob, who accepts.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT token FROM create_invitation('00000000-0000-4000-8000-0000000000aa', 'bob@acme.example', 'member') \gset
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1", "email": "bob@acme.example"}';
SELECT role FROM accept_invitation(:'token');
-- Bob works, until the free plan's limit.
INSERT INTO projects (id, account_id, name) VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000aa', 'Warehouse');
INSERT INTO datasets (account_id, schema, name) VALUES
    ('00000000-0000-4000-8000-0000000000aa', 'shop', 'orders'), ('00000000-0000-4000-8000-0000000000aa', 'shop', 'sales');
INSERT INTO projects (account_id, name) SELECT '00000000-0000-4000-8000-0000000000aa', 'Project ' || n FROM generate_series(2, 4) AS n;
SELECT resource_type, used, usage_limit FROM account_usage('00000000-0000-4000-8000-0000000000aa') WHERE resource_type = 'projects';
-- He deletes a project with all that is in it, and brings it back.
SELECT soft_delete_project('00000000-0000-4000-8000-0000000000c1');
SELECT restore_deleted(table_name => 'projects', record_id => '00000000-0000-4000-8000-0000000000c1') AS restored;
-- Ann, as an admin, reads who did what, and exports.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT action, table_name, right(user_id::text, 2) AS who FROM audit_logs WHERE table_name IN ('projects', 'account_users') ORDER BY id;
COPY (SELECT fqn FROM datasets ORDER BY fqn) TO STDOUT;
-- Eve, who belongs to nobody here, sees nothing.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000e1"}';
SELECT count(*) AS datasets FROM datasets;
RESET ROLE;
