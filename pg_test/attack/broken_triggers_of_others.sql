-- Plain makes triggers of rowkit's on tables of its own with arguments that make no sense, and a table of a name that is looked for. Everybody else's jobs, reports,
-- deletions and look-ups must work as before.
\connect - plain
CREATE TABLE plainhome.tables (id uuid PRIMARY KEY, schema jsonb);
CREATE TABLE plainhome.m (id integer, user_id uuid, tenant_id uuid, account_id uuid);
CREATE TRIGGER g BEFORE UPDATE ON plainhome.m FOR EACH ROW EXECUTE FUNCTION rowkit.guard_tenant('no_column', 'no.such.table', 'x', 'select');
CREATE TABLE plainhome.accounts (id uuid PRIMARY KEY, n integer);
CREATE TRIGGER c AFTER INSERT ON plainhome.m REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('plainhome.accounts', 'account_id', 'nope');
CREATE TRIGGER c2 AFTER INSERT ON plainhome.m REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('dc.accounts', 'account_id', 'current_project_count');
CREATE TRIGGER c3 AFTER INSERT ON plainhome.m REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('"x"".y', '', 'mode=?', 'sum_column=;');
CREATE TRIGGER a AFTER INSERT ON plainhome.m FOR EACH STATEMENT EXECUTE FUNCTION rowkit.log_audit_trail('nope', 'x=y');
CREATE TRIGGER b AFTER UPDATE ON plainhome.m REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership('nope', 'nope', '', '');
CREATE TRIGGER d AFTER UPDATE ON plainhome.m FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete('retention_days=99999999999');
CREATE TABLE plainhome.m2 (id integer);
CREATE TRIGGER d AFTER UPDATE ON plainhome.m2 FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete();
CREATE TABLE plainhome.m3 (id integer PRIMARY KEY, deleted_at text, deleted_by text, deletion_id text);
CREATE TRIGGER d AFTER UPDATE ON plainhome.m3 FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete('retention_days=x', 'y');
CREATE TABLE plainhome.records (id uuid PRIMARY KEY, table_id uuid, data jsonb, search_vector tsvector);
CREATE TRIGGER s BEFORE INSERT ON plainhome.records FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('nope', 'x:Z');
CREATE TRIGGER u AFTER INSERT ON plainhome.m2 FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('no.such.place');
CREATE TRIGGER u2 AFTER INSERT ON plainhome.m2 FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('"');
CREATE TRIGGER u3 AFTER INSERT ON plainhome.m2 FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('accounts_of_one.users');
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA plainhome TO PUBLIC;

\connect - rowkit
CALL rowkit.purge_deleted_in_batches(90);
SELECT count(*) FROM rowkit.deleted_records_summary();
SELECT count(*) FROM rowkit.usage_drift();
SELECT count(*) FROM rowkit.usage_drift('dc.accounts');
SELECT count(*) FROM rowkit.isolation_report();
SELECT rowkit.validate_record(attack.id('A table'), '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation('dc.projects', membership => 'dc.account_users', dry_run => true);
SELECT count(*) FROM rowkit.schedule_jobs('dc', true);
SELECT attack.holds(rowkit.soft_delete('dc.projects', attack.id('A project')), 'a project can be soft-deleted'), attack.holds(rowkit.restore_deleted('dc.projects', attack.id('A project')), 'and restored');
SELECT rowkit.cleanup_soft_deleted_records('dc.projects', 0);
SELECT rowkit.sync_usage_counters(attack.id('A'), 'dc.accounts');
SELECT rowkit.account_usage(attack.id('A')::text, 'dc.accounts');
SELECT attack.holds((SELECT count(*) FROM rowkit.install_blueprint('customer_accounts', 'accounts_of_one')) > 0, 'a blueprint can be installed');
CREATE TABLE accounts_of_one.signed_up (id uuid PRIMARY KEY, email text);
CREATE TABLE accounts_of_one.people (id uuid PRIMARY KEY, email text);
SELECT attack.holds((SELECT count(*) FROM rowkit.enable_user_sync('accounts_of_one.signed_up', 'accounts_of_one.people')) > 0, 'and users copied');
\connect - plain
CREATE TRIGGER u4 AFTER INSERT ON plainhome.m2 FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('accounts_of_one.people');
\connect - rowkit
SELECT attack.holds((SELECT count(*) FROM rowkit.disable_user_sync('accounts_of_one.signed_up', 'accounts_of_one.people')) > 0, 'they are copied no longer');
SELECT attack.holds(NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'accounts_of_one.people'::regclass), 'and no trigger of plain''s keeps the policy that let them in');
SELECT attack.holds((SELECT count(*) FROM rowkit.uninstall_blueprint('customer_accounts', 'accounts_of_one')) > 0, 'and a blueprint uninstalled');
-- An end user's own work.
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT rowkit.permanent_delete('dc.projects', attack.id('nothing'));
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('P'), attack.id('A'), 'P');
SELECT attack.holds(rowkit.soft_delete('dc.projects', attack.id('P')), 'an owner can soft-delete');
SELECT attack.holds(rowkit.permanent_delete('dc.projects', attack.id('P')), 'an owner can delete for good');
SELECT rowkit.validate_record(attack.id('A table'), '{}');
SELECT count(*) FROM rowkit.search_records(attack.id('A table'), 'alice');
