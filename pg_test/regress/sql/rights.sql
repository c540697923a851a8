-- Whose rights: rowkit works as the owner of a table that was checked, restricted, and nobody's code runs with the rights of who happened to call.
SET client_min_messages = warning;
SET search_path = public, rowkit;
CREATE ROLE rights_app NOLOGIN;
CREATE ROLE rights_plain NOLOGIN;
CREATE ROLE rights_user NOLOGIN;
CREATE SCHEMA app AUTHORIZATION rights_app;
CREATE SCHEMA plain AUTHORIZATION rights_plain;
GRANT USAGE, CREATE ON SCHEMA app TO rights_plain;
GRANT USAGE ON SCHEMA app TO rights_user;
CREATE FUNCTION public.whose() RETURNS text LANGUAGE sql AS 'SELECT current_user::text || '' in '' || session_user::text' SET search_path = pg_catalog;

-- 1. What a trigger names must be of the owner of the trigger's table, whatever the function and whichever argument.
SET ROLE rights_app;
CREATE TABLE app.tables (id uuid PRIMARY KEY, schema jsonb NOT NULL DEFAULT '{}');
CREATE TABLE app.record_keys (organization_id uuid, table_id uuid, column_id text, key text, record_id uuid, UNIQUE (table_id, column_id, key));
CREATE TABLE app.record_counters (organization_id uuid, table_id uuid, column_id uuid, last_number bigint, PRIMARY KEY (table_id, column_id));
CREATE TABLE app.table_columns (id uuid, table_id uuid);
CREATE TABLE app.accounts (id integer PRIMARY KEY, tenant_id uuid, project_count integer NOT NULL DEFAULT 0, plan text, UNIQUE (tenant_id, id));
CREATE TABLE app.parents (tenant_id uuid, id uuid PRIMARY KEY, UNIQUE (tenant_id, id));
CREATE TABLE app.plans (name text PRIMARY KEY, max_projects integer);
INSERT INTO app.tables VALUES ('00000000-0000-4000-8000-000000000001', '{"version": 1, "columns": [{"id": "00000000-0000-4000-8000-0000000000c1", "name": "salary", "type": "integer", "required": true, "label": "Secret"}]}');
INSERT INTO app.parents VALUES ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b');
GRANT SELECT, REFERENCES ON app.parents TO rights_plain;
RESET ROLE;
SET ROLE rights_plain;
CREATE TABLE plain.records (id uuid, organization_id uuid, table_id uuid, name text, email text, data jsonb, search_vector tsvector);
CREATE TABLE plain.tables (id uuid PRIMARY KEY, schema jsonb NOT NULL DEFAULT '{}');
INSERT INTO plain.tables VALUES ('00000000-0000-4000-8000-000000000001', '{"version": 1, "columns": [{"name": "email", "type": "email", "unique": true}]}');
CREATE TRIGGER one BEFORE INSERT ON plain.records FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema('app.tables');
INSERT INTO plain.records VALUES (gen_random_uuid(), NULL, '00000000-0000-4000-8000-000000000001', NULL, NULL, '{}');
DROP TRIGGER one ON plain.records;
CREATE TRIGGER one AFTER INSERT ON plain.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys('tables', 'app.record_keys');
INSERT INTO plain.records VALUES (gen_random_uuid(), NULL, '00000000-0000-4000-8000-000000000001', NULL, 'a@b.example', '{}');
DROP TRIGGER one ON plain.records;
CREATE TRIGGER one AFTER INSERT ON plain.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys('app.tables');
INSERT INTO plain.records VALUES (gen_random_uuid(), NULL, '00000000-0000-4000-8000-000000000001', NULL, NULL, '{}');
DROP TRIGGER one ON plain.records;
CREATE TRIGGER one AFTER INSERT ON plain.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema('app.tables');
INSERT INTO plain.records VALUES (gen_random_uuid(), NULL, '00000000-0000-4000-8000-000000000001', NULL, NULL, '{}');
DROP TRIGGER one ON plain.records;
CREATE TABLE plain.things (id integer PRIMARY KEY, account_id integer, parent uuid, tenant_id uuid, FOREIGN KEY (tenant_id, parent) REFERENCES app.parents (tenant_id, id));
CREATE TRIGGER one AFTER INSERT ON plain.things REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('app.accounts', 'account_id', 'project_count');
INSERT INTO plain.things VALUES (1, 1);
DROP TRIGGER one ON plain.things;
CREATE TRIGGER one AFTER INSERT ON plain.things REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('app.accounts', 'account_id', 'project_count', 'mode=sharded');
INSERT INTO plain.things VALUES (1, 1);
DROP TRIGGER one ON plain.things;
CREATE TABLE plain.owners (id integer PRIMARY KEY, thing_count integer NOT NULL DEFAULT 0, plan text);
CREATE TRIGGER one AFTER INSERT ON plain.things REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('owners', 'account_id', 'thing_count', 'limit=max_projects', 'plan=plan', 'plans=app.plans(name)');
INSERT INTO plain.things VALUES (1, 1);
DROP TRIGGER one ON plain.things;
CREATE TRIGGER one BEFORE INSERT ON plain.things FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('parent');
INSERT INTO plain.things VALUES (1, 1, '00000000-0000-4000-8000-00000000000b') RETURNING tenant_id;
DROP TRIGGER one ON plain.things;
-- In a temporary table of one's own, too.
CREATE TEMP TABLE mine (id uuid, table_id uuid, data jsonb);
CREATE TRIGGER one BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema('app.tables');
\set VERBOSITY sqlstate
INSERT INTO mine VALUES (NULL, '00000000-0000-4000-8000-000000000001', '{}');
\set VERBOSITY verbose
DROP TABLE mine;
RESET ROLE;
-- A superuser's table is no exception: the other owner's policies and triggers would run as the superuser.
CREATE TABLE public.records (id uuid, table_id uuid, data jsonb);
CREATE TRIGGER one BEFORE INSERT ON public.records FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema('plain.tables');
INSERT INTO public.records VALUES (NULL, '00000000-0000-4000-8000-000000000001', '{}');
DROP TABLE public.records;

-- 2. Helper tables that are found by their name: views, tables of others and temporary ones in their place.
SET ROLE rights_plain;
CREATE FUNCTION plain.ran() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'run as %', public.whose(); RETURN 0; END $$;
GRANT EXECUTE ON FUNCTION plain.ran() TO PUBLIC;
GRANT USAGE ON SCHEMA plain TO PUBLIC;
CREATE VIEW app.usage_slots AS SELECT 'accounts.project_count'::text AS counter, '1'::text AS owner_key, 0 AS slot, plain.ran() AS used, NULL::bigint AS room, NULL::bigint AS of_limit;
GRANT ALL ON app.usage_slots TO PUBLIC;
RESET ROLE;
SET ROLE rights_app;
CREATE TABLE app.projects (id integer PRIMARY KEY, account_id integer REFERENCES app.accounts);
INSERT INTO app.accounts VALUES (1, NULL, 0), (2, NULL, 0);
CREATE TRIGGER counted AFTER INSERT ON app.projects REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('accounts', 'account_id', 'project_count');
INSERT INTO app.projects VALUES (1, 1);
SELECT read_usage_counter('1', 'projects', 'app.accounts');
SELECT * FROM usage_drift('app.accounts');
SELECT increment_usage_counter('1', 'projects', accounts => 'app.accounts'), sync_usage_counters('1', 'app.accounts');
DROP TRIGGER counted ON app.projects;
CREATE TRIGGER counted AFTER INSERT ON app.projects REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('accounts', 'account_id', 'project_count', 'mode=sharded');
INSERT INTO app.projects VALUES (2, 1);
SELECT read_usage_counter('1', 'projects', 'app.accounts');
RESET ROLE;
SELECT read_usage_counter('1', 'projects', 'app.accounts');
SELECT * FROM usage_drift();
DROP VIEW app.usage_slots;
SET ROLE rights_app;
DROP TRIGGER counted ON app.projects;
RESET ROLE;
SET ROLE rights_plain;
CREATE TABLE app.deletions (id uuid PRIMARY KEY, table_name text, record_keys jsonb, deleted_by uuid, reason text, counts jsonb, is_on_hold boolean DEFAULT false, deleted_at timestamptz DEFAULT now(),
    restored_at timestamptz, purged_at timestamptz, purged_rows bigint DEFAULT 0);
GRANT ALL ON app.deletions TO PUBLIC;
RESET ROLE;
SET ROLE rights_app;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('app.projects');
RESET ROLE;
DROP TABLE app.deletions;
-- A superuser sets another role's table up as that role; what is made for another superuser's table is that one's.
SELECT count(*) FROM enable_soft_delete('app.projects');
SELECT count(*) FROM enable_soft_delete('app.projects', dry_run => true);
SET ROLE rights_app;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('app.projects');
RESET ROLE;
CREATE ROLE rights_other SUPERUSER;
CREATE SCHEMA others;
CREATE TABLE others.projects (id integer PRIMARY KEY);
ALTER TABLE others.projects OWNER TO rights_other;
SELECT made.command FROM enable_soft_delete('others.projects') AS made WHERE made.command LIKE '%OWNER TO%';
DROP TABLE others.projects CASCADE;
DROP TABLE others.deletion_references, others.deletions;
DROP SCHEMA others;
DROP ROLE rights_other;
SELECT soft_delete('app.projects', 1), restore_deleted('app.projects', 1);
-- One that is put in its place later is refused, whoever deletes.
ALTER TABLE app.deletion_references RENAME TO kept_references;
CREATE VIEW app.deletion_references AS SELECT * FROM app.kept_references;
ALTER VIEW app.deletion_references OWNER TO rights_app;
SELECT soft_delete('app.projects', 1);
DROP VIEW app.deletion_references;
CREATE TABLE app.deletion_references (LIKE app.kept_references);
ALTER TABLE app.deletion_references OWNER TO rights_plain;
SELECT soft_delete('app.projects', 1);
SET ROLE rights_app;
SELECT soft_delete('app.projects', 1);
RESET ROLE;
DROP TABLE app.deletion_references;
ALTER TABLE app.kept_references RENAME TO deletion_references;
SET ROLE rights_app;
SELECT count(*) > 0 AS counted FROM enable_usage_counter('app.projects', 'app.accounts', 'project_count', foreign_key_column => 'account_id', mode => 'sharded', slots => 2);
INSERT INTO app.projects VALUES (3, 2);
SELECT read_usage_counter('2', 'projects', 'app.accounts');
SELECT count(*) > 0 AS gone FROM disable_usage_counter('app.projects', 'project_count');
SELECT count(*) FROM enable_usage_counter('app.projects', 'plain.owners', 'thing_count', foreign_key_column => 'account_id');
RESET ROLE;

-- 3. A superuser's work on a table runs the table's code as its owner, restricted; what the code sets ends with it.
SET ROLE rights_plain;
CREATE TABLE plain.log (place integer GENERATED ALWAYS AS IDENTITY, told text);
CREATE FUNCTION plain.tell() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO plain.log (told) VALUES (TG_OP || ' ' || TG_TABLE_NAME || ' as ' || current_user);
    PERFORM set_config('rights.told', 'yes', false);
    BEGIN
        EXECUTE 'SET ROLE ' || session_user;
        INSERT INTO plain.log (told) VALUES ('escaped to ' || current_user);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    BEGIN
        RESET ROLE;
        IF current_user <> 'rights_plain' THEN INSERT INTO plain.log (told) VALUES ('escaped to ' || current_user); END IF;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TABLE plain.bait (id integer PRIMARY KEY, owner_id integer, name text UNIQUE);
CREATE TABLE plain.hook (id integer PRIMARY KEY, bait_id integer REFERENCES plain.bait ON DELETE CASCADE);
CREATE TABLE plain.line (id integer PRIMARY KEY, bait_id integer REFERENCES plain.bait ON DELETE SET NULL);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('plain.bait') AS a, enable_soft_delete('plain.hook') AS b, enable_soft_delete('plain.line') AS c;
INSERT INTO plain.bait SELECT n, 1, 'b' || n FROM generate_series(1, 9) AS n;
INSERT INTO plain.hook SELECT n, n FROM generate_series(1, 9) AS n;
INSERT INTO plain.line SELECT n, n FROM generate_series(1, 9) AS n;
SELECT count(*) > 0 AS counted FROM enable_usage_counter('plain.bait', 'plain.owners', 'thing_count', foreign_key_column => 'owner_id');
INSERT INTO plain.owners VALUES (1, 9);
CREATE TRIGGER tell BEFORE UPDATE OR DELETE ON plain.bait FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE TRIGGER tell BEFORE UPDATE OR DELETE ON plain.hook FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE TRIGGER tell BEFORE UPDATE OR DELETE ON plain.line FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE TRIGGER tell BEFORE UPDATE ON plain.owners FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE TRIGGER tell BEFORE INSERT OR UPDATE OR DELETE ON plain.deletions FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE TRIGGER tell BEFORE INSERT OR UPDATE OR DELETE ON plain.deletion_references FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OR DELETE ON plain.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE CONSTRAINT TRIGGER late AFTER UPDATE OR DELETE ON plain.deletions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plain.tell();
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON plain.owners DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plain.tell();
RESET ROLE;
SELECT soft_delete('plain.bait', 1), soft_delete_with_counts('plain.bait', 2);
SELECT restore_deleted('plain.bait', 1), hold_deletion('plain.bait', 2), hold_deletion('plain.bait', 2, false);
SELECT soft_delete('plain.bait', ARRAY[3, 4]::bigint[]);
SELECT permanent_delete('plain.bait', 3);
SELECT increment_usage_counter('1', 'things', accounts => 'plain.owners');
SELECT sync_usage_counters('1', 'plain.owners'), sync_usage_counters(NULL, 'plain.owners');
ALTER TABLE plain.deletions DISABLE TRIGGER USER;
UPDATE plain.deletions SET deleted_at = now() - interval '200 days';
ALTER TABLE plain.deletions ENABLE TRIGGER USER;
SELECT cleanup_soft_deleted_records('plain.bait', 90);
SELECT soft_delete('plain.bait', 5);
ALTER TABLE plain.deletions DISABLE TRIGGER USER;
UPDATE plain.deletions SET deleted_at = now() - interval '900 days', purged_at = purged_at - interval '800 days';
ALTER TABLE plain.deletions ENABLE TRIGGER USER;
CALL purge_deleted_in_batches(90);
CALL purge_deleted_in_batches(90);
SELECT count(*) > 20 AS told_much, count(*) FILTER (WHERE told NOT LIKE '% as rights_plain') AS as_others FROM plain.log;
SELECT DISTINCT told FROM plain.log ORDER BY 1;
SELECT current_user = session_user AS back, current_setting('rights.told', true) AS told;

-- 4. Policies and broken tables of others: skipped, told, and in nobody's way.
SET ROLE rights_plain;
CREATE FUNCTION plain.steal() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'policy run as %', public.whose(); RETURN true; END $$;
CREATE TABLE plain.shown (id integer PRIMARY KEY);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('plain.shown');
INSERT INTO plain.shown VALUES (1);
ALTER TABLE plain.shown ENABLE ROW LEVEL SECURITY;
CREATE POLICY steal ON plain.shown TO PUBLIC USING (plain.steal());
GRANT SELECT ON plain.shown TO PUBLIC;
CREATE TABLE plain.broken (id integer PRIMARY KEY);
CREATE TRIGGER guard AFTER UPDATE ON plain.broken FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete('retention_days=99999999999');
CREATE TABLE plain.marked (id integer PRIMARY KEY, deletion_id integer);
CREATE TRIGGER guard AFTER UPDATE ON plain.marked FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete();
CREATE TABLE plain.odd (account_id integer);
CREATE TRIGGER odd AFTER INSERT ON plain.odd REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter('owners', 'account_id', 'nothing');
CREATE TABLE plain.members (user_id uuid, tenant_id uuid);
CREATE TRIGGER member AFTER UPDATE ON plain.members REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership('nope', 'nope', '', '');
RESET ROLE;
SET client_min_messages = notice;
SET ROLE rights_user;
SELECT * FROM deleted_records_summary();
RESET ROLE;
SELECT table_name, active_count, deleted_count FROM deleted_records_summary() ORDER BY 1;
SET client_min_messages = warning;
SELECT * FROM usage_drift();
CALL purge_deleted_in_batches(90);
SELECT soft_delete('app.projects', 1), permanent_delete('app.projects', 1);
CREATE TABLE public.tables (id uuid PRIMARY KEY, schema jsonb NOT NULL DEFAULT '{}');
SET search_path = rowkit;
SELECT rowkit_internal._tables_relation();
SET search_path = public, rowkit;
DROP TABLE public.tables;
CREATE TABLE public.members (user_id uuid, tenant_id uuid);
SELECT count(*) > 0 AS registered FROM register_membership('public.members', tenant_column => 'tenant_id');
CREATE TABLE public.kept (id integer);
SELECT rowkit_internal._only_membership('public.kept'), rowkit_internal._only_membership('app.projects');
DROP TABLE public.kept;
DROP TABLE public.members;

-- A child of another owner's keeps its parent, and is asked as its owner; its policies and triggers run as its owner alone.
SET ROLE rights_app;
CREATE TABLE app.lists (id bigint PRIMARY KEY, name text);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('app.lists');
INSERT INTO app.lists SELECT n FROM generate_series(1, 4) AS n;
GRANT REFERENCES ON app.lists TO rights_plain;
RESET ROLE;
SET ROLE rights_plain;
CREATE TABLE plain.entries (id integer PRIMARY KEY, list_id integer REFERENCES app.lists, sub_id integer REFERENCES app.lists ON DELETE CASCADE);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('plain.entries');
INSERT INTO plain.entries VALUES (1, 1, NULL), (2, NULL, 2), (3, NULL, 3);
INSERT INTO plain.entries VALUES (5, NULL, 4);
SELECT set_deleted_retention('plain.entries', 365);
ALTER TABLE plain.entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY steal ON plain.entries TO PUBLIC USING (plain.steal());
CREATE TRIGGER tell BEFORE UPDATE OR DELETE ON plain.entries FOR EACH ROW EXECUTE FUNCTION plain.tell();
TRUNCATE plain.log;
RESET ROLE;
SELECT soft_delete('app.lists', 1);
SELECT soft_delete('app.lists', 2), soft_delete('app.lists', 3), soft_delete('app.lists', 4);
UPDATE app.deletions SET deleted_at = now() - interval '100 days';
SET ROLE rights_app;
SELECT cleanup_soft_deleted_records('app.lists', 90);
RESET ROLE;
SELECT id, deletion_id IS NULL AS live FROM app.lists ORDER BY id;
SET ROLE rights_plain;
SELECT set_deleted_retention('plain.entries', NULL);
RESET ROLE;
SET ROLE rights_app;
SELECT permanent_delete('app.lists', 2), cleanup_soft_deleted_records('app.lists', 90);
RESET ROLE;
SELECT id, deletion_id IS NULL AS live FROM app.lists ORDER BY id;
SELECT id, deletion_id IS NULL AS live FROM plain.entries ORDER BY id;
SELECT DISTINCT told FROM plain.log ORDER BY 1;

-- 5. Names that a table's own functions leave to the search_path, and what a restricted operation refuses: the error says what to do.
SET ROLE rights_app;
CREATE TABLE app.notes (id integer PRIMARY KEY, body text);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('app.notes');
INSERT INTO app.notes VALUES (1), (2), (3), (4);
SET search_path = app, rowkit;
CREATE FUNCTION app.unqualified() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM notes; RETURN NEW; END $$;
CREATE TRIGGER one BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION unqualified();
UPDATE notes SET body = 'works' WHERE id = 1;
SELECT soft_delete('notes', 1);
CREATE OR REPLACE FUNCTION app.unqualified() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM unknown_function(1); RETURN NEW; END $$;
SELECT soft_delete('notes', 1);
CREATE OR REPLACE FUNCTION app.unqualified() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE scratch (a integer); RETURN NEW; END $$;
SELECT soft_delete('notes', 1);
CREATE OR REPLACE FUNCTION app.unqualified() RETURNS trigger LANGUAGE plpgsql SET search_path = app AS $$ BEGIN PERFORM count(*) FROM notes; RETURN NEW; END $$;
SELECT soft_delete('notes', 1);
DROP TRIGGER one ON notes;

-- 6. DEFERRABLE INITIALLY DEFERRED: foreign keys, unique constraints and constraint triggers, with rows of the same transaction.
CREATE TABLE app.teams (id integer PRIMARY KEY, lead_id integer, member_count integer NOT NULL DEFAULT 0);
CREATE TABLE app.people (id integer PRIMARY KEY, team_id integer NOT NULL CONSTRAINT of_team REFERENCES app.teams ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    place integer CONSTRAINT placed UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE app.badges (id integer PRIMARY KEY, person_id integer CONSTRAINT of_person REFERENCES app.people ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE app.teams ADD CONSTRAINT led FOREIGN KEY (lead_id) REFERENCES app.people DEFERRABLE INITIALLY DEFERRED;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('app.teams') AS a, enable_soft_delete('app.people') AS b, enable_soft_delete('app.badges') AS c;
SELECT count(*) > 0 AS counted FROM enable_usage_counter('app.people', 'app.teams', 'member_count', foreign_key_column => 'team_id');
BEGIN;
INSERT INTO teams (id, lead_id) VALUES (1, NULL), (2, NULL);
INSERT INTO people VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3);
INSERT INTO badges VALUES (1, 1), (2, 3);
SELECT soft_delete('teams', 1);
SELECT restore_deleted('teams', 1);
SELECT soft_delete('people', 2), permanent_delete('people', 2);
SELECT soft_delete('teams', 2), cleanup_soft_deleted_records('teams', 0);
COMMIT;
SELECT id, member_count, deleted_at IS NULL AS live FROM teams ORDER BY id;
SELECT id, person_id, deleted_at IS NULL AS live FROM badges ORDER BY id;
BEGIN;
-- What is deferred and wrong is told when rowkit changes the table, as SET CONSTRAINTS tells it.
INSERT INTO people VALUES (9, 99, 9);
SELECT soft_delete('people', 1);
ROLLBACK;
-- A counter in a transaction that made its owner: the reference that is to be deferred must be right by then.
BEGIN;
INSERT INTO teams (id, lead_id) VALUES (3, 30);
INSERT INTO people VALUES (30, 3, 30);
COMMIT;
SELECT id, lead_id, member_count FROM teams WHERE id = 3;
-- A constraint trigger of the owner's runs as the owner at once; under a name that another owner's trigger has, too, it stays deferred and is refused.
CREATE FUNCTION app.told() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN RAISE WARNING '% by %', TG_OP, current_user; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON app.notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.told();
RESET ROLE;
GRANT SELECT, UPDATE ON app.notes TO rights_user;
SET ROLE rights_user;
SELECT soft_delete('notes', 2);
RESET ROLE;
SET ROLE rights_plain;
CREATE FUNCTION plain.theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'theirs by %', current_user; RETURN NULL; END $$;
CREATE TABLE app.same (id integer);
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.same DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plain.theirs();
RESET ROLE;
BEGIN;
SET LOCAL ROLE rights_plain;
INSERT INTO app.same VALUES (1);
SET LOCAL ROLE rights_user;
SELECT soft_delete('notes', 3);
ROLLBACK;
SET ROLE rights_plain;
DROP TABLE app.same;
RESET ROLE;

-- 7. Savepoints, snapshots, errors that are caught, an owner that changes in the transaction itself.
SET ROLE rights_app;
DROP TRIGGER late ON notes;
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM notes_active;
SAVEPOINT one;
SELECT soft_delete('notes', 3);
ROLLBACK TO one;
SELECT soft_delete('notes', 3), restore_deleted('notes', 3);
SAVEPOINT two;
ALTER TABLE notes OWNER TO rights_plain;
SELECT soft_delete('notes', 3);
ROLLBACK TO two;
SELECT soft_delete('notes', 4);
SELECT current_user = session_user AS back, current_setting('search_path');
COMMIT;
SELECT id, deleted_at IS NULL AS live FROM notes ORDER BY id;
DO $$
BEGIN
    BEGIN
        INSERT INTO app.projects VALUES (5, 99);
    EXCEPTION WHEN OTHERS THEN RAISE WARNING '% as %, search_path %', SQLSTATE, current_user, current_setting('search_path');
    END;
END
$$;

-- 8. The proof of isolation makes its canaries as the tables' owners, and tries as roles that code of the owner's cannot leave.
SET search_path = public, rowkit;
SET ROLE rights_plain;
CREATE TABLE plain.staff (tenant_id uuid, user_id uuid, PRIMARY KEY (tenant_id, user_id));
CREATE TABLE plain.kept (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, body text);
SELECT count(*) > 0 AS registered FROM register_membership('plain.staff');
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('plain.kept', membership => 'plain.staff', tenant_column => 'tenant_id', api_roles => '{rights_user}', bypass_roles => '{}');
CREATE FUNCTION plain.escape() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN RESET ROLE; EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN SET LOCAL ROLE NONE; EXCEPTION WHEN OTHERS THEN NULL; END;
    IF current_user NOT IN ('rights_plain', 'rights_user') THEN RAISE EXCEPTION 'escaped to %', current_user USING ERRCODE = 'PT418'; END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER escape BEFORE INSERT OR UPDATE OR DELETE ON plain.kept FOR EACH ROW EXECUTE FUNCTION plain.escape();
ALTER TABLE plain.kept ENABLE ALWAYS TRIGGER escape;
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OR DELETE ON plain.kept DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plain.escape();
CREATE TRIGGER escape BEFORE INSERT OR UPDATE OR DELETE ON plain.staff FOR EACH ROW EXECUTE FUNCTION plain.escape();
GRANT SELECT, INSERT, UPDATE, DELETE ON plain.kept TO rights_user;
RESET ROLE;
SELECT outcome, is_right, count(*) > 0 AS told FROM prove_isolation('plain.kept', as_database_role => 'rights_user') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT current_user = session_user AS back, current_setting('role') AS role;
DROP SCHEMA app, plain CASCADE;
DROP FUNCTION public.whose();
DROP ROLE rights_app, rights_plain, rights_user;
