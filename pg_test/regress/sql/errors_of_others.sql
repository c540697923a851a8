-- Errors of triggers, constraints and domains of others reach whoever called rowkit as they were raised: the SQLSTATE, whatever its five characters are, and the names
-- of schema, table, column, data type and constraint.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE FUNCTION tell(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text; named text[] := '{}'; name text;
BEGIN
    EXECUTE command;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    GET STACKED DIAGNOSTICS name = SCHEMA_NAME; named := named || name;
    GET STACKED DIAGNOSTICS name = TABLE_NAME; named := named || name;
    GET STACKED DIAGNOSTICS name = COLUMN_NAME; named := named || name;
    GET STACKED DIAGNOSTICS name = PG_DATATYPE_NAME; named := named || name;
    GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME; named := named || name;
    RETURN concat_ws(' | ', state, regexp_replace(message, '_[0-9]{4}_[0-9]{2}', '_of_a_month'), nullif(detail, ''), nullif(hint, ''), array_to_string(named, ','));
END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'no, said %', TG_TABLE_NAME USING ERRCODE = TG_ARGV[0], DETAIL = 'a detail', HINT = 'a hint',
        SCHEMA = 'a schema', TABLE = 'a table', COLUMN = 'a column', DATATYPE = 'a type', CONSTRAINT = 'a constraint';
END $$;

-- Soft delete, restore, purge, and what a cascade does in another table.
CREATE TABLE folder (id integer PRIMARY KEY, name text);
CREATE TABLE file (id integer PRIMARY KEY, folder_id integer REFERENCES folder ON DELETE CASCADE, size integer CHECK (size <> 13));
SELECT count(*) > 0 FROM enable_soft_delete('folder');
SELECT count(*) > 0 FROM enable_soft_delete('file');
INSERT INTO folder VALUES (1, 'f'), (2, 'g'), (3, 'h');
INSERT INTO file VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);
SELECT soft_delete('folder', 3::bigint);
CREATE TRIGGER refuse BEFORE UPDATE ON folder FOR EACH ROW EXECUTE FUNCTION refuse('PT403');
SELECT tell($$SELECT soft_delete('folder', 1::bigint)$$);
SELECT tell($$SELECT soft_delete_with_counts('folder', 1::bigint)$$);
SELECT tell($$DELETE FROM folder_active WHERE id = 1$$);
SELECT tell($$SELECT restore_deleted('folder', 3::bigint)$$);
DROP TRIGGER refuse ON folder;
CREATE TRIGGER refuse BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION refuse('ZZ999');
SELECT tell($$SELECT soft_delete('folder', 1::bigint)$$);
SELECT tell($$SELECT restore_deleted('folder', 3::bigint)$$);
DROP TRIGGER refuse ON file;
CREATE TRIGGER refuse BEFORE DELETE ON file FOR EACH ROW EXECUTE FUNCTION refuse('23514');
SELECT tell($$SELECT permanent_delete('folder', 3::bigint)$$);
DROP TRIGGER refuse ON file;

-- One that rowkit explains keeps all but its hint: the trigger's function finds its names by the search_path.
CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM missing_function(); RETURN NEW; END $$;
CREATE TRIGGER lost BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION lost();
SELECT tell($$SELECT soft_delete('folder', 1::bigint)$$) ~ '^42883 .*search_path pg_catalog, pg_temp' AS is_explained;
DROP TRIGGER lost ON file;

-- Audit: a trigger and a constraint of the log.
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
SELECT count(*) > 0 FROM enable_audit('file');
CREATE TRIGGER refuse BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION refuse('PT451');
SELECT tell($$UPDATE file SET size = 5$$);
DROP TRIGGER refuse ON audit_logs;
ALTER TABLE audit_logs ADD CONSTRAINT no_deletes CHECK (action <> 'DELETE');
SELECT tell($$DELETE FROM file WHERE id = 1$$) ~ '^23514 .*,no_deletes$' AS is_named;

-- An undo meets constraints of the table: CHECK, UNIQUE, NOT NULL, a foreign key and a domain.
CREATE DOMAIN even AS integer CONSTRAINT is_even CHECK (VALUE % 2 = 0);
CREATE TABLE thing (id integer PRIMARY KEY, folder_id integer CONSTRAINT of_folder REFERENCES folder, code text CONSTRAINT one_code UNIQUE, size integer, half even, note text);
SELECT count(*) > 0 FROM enable_audit('thing');
CREATE FUNCTION undo_last() RETURNS text LANGUAGE sql AS $$
    SELECT app.tell(format('SELECT rowkit.undo_transaction(%L::uuid, ''app.audit_logs'')',
        (SELECT event.transaction FROM app.audit_logs AS event WHERE event.table_name = 'thing' AND event.action <> 'COLUMNS' ORDER BY event.created_at DESC, event.id DESC LIMIT 1))) $$;
INSERT INTO thing VALUES (1, 1, 'a', 1, 2, NULL), (2, 1, 'b', 2, 4, 'n');
UPDATE thing SET size = 7 WHERE id = 1;
ALTER TABLE thing ADD CONSTRAINT large CHECK (size > 1);
SELECT undo_last();
ALTER TABLE thing DROP CONSTRAINT large;
UPDATE thing SET code = 'c' WHERE id = 1;
ALTER TABLE audit_logs DROP CONSTRAINT no_deletes;
ALTER TABLE thing DISABLE TRIGGER audit_update;
UPDATE thing SET code = 'a' WHERE id = 2;
ALTER TABLE thing ENABLE TRIGGER audit_update;
SELECT undo_last();
UPDATE thing SET note = 'set' WHERE id = 1;
ALTER TABLE thing ALTER COLUMN note SET NOT NULL;
SELECT undo_last();
UPDATE thing SET folder_id = NULL WHERE id = 2;
DELETE FROM file WHERE folder_id = 1;
UPDATE thing SET folder_id = NULL WHERE id = 1;
DELETE FROM folder WHERE id = 1;
SELECT undo_last();
UPDATE thing SET half = 6 WHERE id = 1;
ALTER DOMAIN even ADD CONSTRAINT not_two CHECK (VALUE <> 2) NOT VALID;
SELECT undo_last();

-- Counters and credits: triggers of their tables.
CREATE TABLE account (id integer PRIMARY KEY, current_file_count integer NOT NULL DEFAULT 0);
CREATE TABLE counted (id integer PRIMARY KEY, account_id integer REFERENCES account);
INSERT INTO account VALUES (1);
SELECT count(*) > 0 FROM enable_usage_counter('counted', 'account', 'current_file_count', 'account_id');
CREATE TRIGGER refuse BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION refuse('PT402');
SELECT tell($$INSERT INTO counted VALUES (1, 1)$$);
SELECT count(*) > 0 FROM enable_credits('account');
CREATE TRIGGER refuse BEFORE INSERT ON credit_grants FOR EACH ROW EXECUTE FUNCTION refuse('PT409');
SELECT tell($$SELECT grant_credits(1::bigint, 5)$$);

-- An error that somebody handled says nothing of the next one, not even of one with the same words.
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    BEGIN
        RAISE EXCEPTION 'no' USING ERRCODE = 'PT403', CONSTRAINT = 'handled';
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RAISE EXCEPTION 'no' USING ERRCODE = 'PT404';
END $$;
CREATE TRIGGER swallow BEFORE UPDATE ON folder FOR EACH ROW EXECUTE FUNCTION swallow();
SELECT tell($$SELECT soft_delete('folder', 2::bigint)$$);
DROP TRIGGER swallow ON folder;
SELECT tell($$SELECT soft_delete('missing', 1::bigint)$$);
SELECT tell($$SELECT 1 / 0$$);
SELECT soft_delete('folder', 2::bigint);
