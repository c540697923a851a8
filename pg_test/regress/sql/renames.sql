-- Renames of columns, choices and statuses are carried into the records, by whatever statement; an undo restores all.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set u '''00000000-0000-4000-8000-00000000000c'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name, unknown_keys) VALUES (:t, :org, 'T', 'strip'), (:u, :org, 'U', 'strict');
INSERT INTO table_columns (id, table_id, name, type, required, is_unique, searchable, options, default_value) VALUES
    ('00000000-0000-4000-8000-0000000000e1', :t, 'a', 'text', true, true, true, '{}', NULL),
    ('00000000-0000-4000-8000-0000000000e2', :t, 'n', 'integer', false, false, false, '{}', NULL),
    ('00000000-0000-4000-8000-0000000000e3', :t, 'stage', 'select', false, false, false,
        '{"choices": [{"id": "1", "name": "new"}, {"id": "2", "name": "won"}, "loose"]}', '"new"'),
    ('00000000-0000-4000-8000-0000000000e4', :t, 'tags', 'multi_select', false, false, false,
        '{"choices": [{"id": "1", "name": "x"}, {"id": "2", "name": "y"}, {"id": "3", "name": "z"}]}', '["x", "z"]'),
    ('00000000-0000-4000-8000-0000000000e5', :t, 'company', 'select', false, false, false, '{"choices": [{"id": "1", "name": "Acme"}, {"id": "2", "name": "Umbrella"}]}', NULL),
    ('00000000-0000-4000-8000-0000000000e6', :t, 'phase', 'status', false, false, false, '{}', NULL),
    ('00000000-0000-4000-8000-0000000000e7', :u, 'a', 'text', false, false, false, '{}', NULL);
INSERT INTO table_statuses (id, table_id, name, position) VALUES
    ('00000000-0000-4000-8000-0000000000d1', :t, 'lead', 1), ('00000000-0000-4000-8000-0000000000d2', :t, 'client', 2), ('00000000-0000-4000-8000-0000000000d3', :u, 'lead', 1);
UPDATE table_columns SET default_value = '"lead"' WHERE name = 'phase';
INSERT INTO records (table_id, company, status, data) VALUES
    (:t, 'Acme', 'lead', '{"a": "1", "n": 12345678901234567890123, "stage": "won", "tags": ["y", "x"]}'),
    (:t, 'Umbrella', 'client', '{"a": "2", "phase": "client", "tags": []}'), (:t, NULL, NULL, '{"a": "3", "stage": null}'), (:u, NULL, 'lead', '{"a": "other table"}');
CREATE FUNCTION held() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', CASE WHEN table_id = '00000000-0000-4000-8000-00000000000b' THEN 't' ELSE 'u' END, company, status, data)
    FROM public.records ORDER BY table_id, data ->> 'n', data::text $$;
SELECT held();

-- A column: UPDATE does what rename_column does, and strip wipes nothing.
UPDATE table_columns SET name = 'b' WHERE table_id = :t AND name = 'a';
SELECT held();
SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, count(*) FROM record_keys GROUP BY 1;
INSERT INTO records (table_id, data) VALUES (:t, '{"b": "1"}');
SELECT count(*) AS found FROM search_records(:t, '2');
SELECT rename_column(:t, 'b', 'c');
SELECT rename_column(:t, 'c', 'c');
-- Two at once; a new label alone touches nothing.
UPDATE table_columns SET name = name || '_new', label = name WHERE table_id = :t AND name IN ('c', 'n');
SELECT held();
SELECT max(xmin::text) AS before FROM records \gset
UPDATE table_columns SET label = 'Number' WHERE name = 'n_new';
SELECT max(xmin::text) = :'before' AS untouched FROM records;
-- What no rename can do.
UPDATE table_columns SET name = 'email' WHERE table_id = :t AND name = 'c_new';
UPDATE table_columns SET name = 'c' WHERE table_id = :t AND name = 'company';
SELECT rename_column(:t, 'nope', 'x');
UPDATE tables SET unknown_keys = 'allow' WHERE id = :t;
UPDATE records SET data = data || '{"taken": 1}' WHERE data ->> 'c_new' = '1';
UPDATE table_columns SET name = 'taken' WHERE table_id = :t AND name = 'c_new';
UPDATE records SET data = data - 'taken' || '{"free": null}' WHERE data ? 'taken';
UPDATE table_columns SET name = 'free' WHERE table_id = :t AND name = 'c_new';
SELECT rename_column(:t, 'free', 'a');
SELECT rename_column(:t, 'n_new', 'n');
SELECT held();

-- Choices: the same id under another name, swapped ones, in lists and in a common field; the default follows.
UPDATE table_columns SET options = '{"choices": [{"id": "1", "name": "won"}, {"id": "2", "name": "new"}, "loose"]}' WHERE table_id = :t AND name = 'stage';
UPDATE table_columns SET options = '{"choices": [{"id": "3", "name": "zed"}, {"id": "2", "name": "why"}, {"id": "1", "name": "x"}]}' WHERE table_id = :t AND name = 'tags';
UPDATE table_columns SET options = '{"choices": [{"id": "1", "name": "Acme Inc."}, {"id": "2", "name": "Umbrella"}]}' WHERE table_id = :t AND name = 'company';
SELECT held();
SELECT name, default_value FROM table_columns WHERE default_value IS NOT NULL ORDER BY name;
SELECT count(*) AS invalid FROM invalid_records(:t);
-- With a column's name at the same time.
UPDATE table_columns SET name = 'step', options = '{"choices": [{"id": "1", "name": "won"}, {"id": "2", "name": "fresh"}, "loose"]}' WHERE table_id = :t AND name = 'stage';
-- A choice that is only dropped leaves its records.
UPDATE table_columns SET options = '{"choices": [{"id": "1", "name": "x"}, {"id": "2", "name": "why"}]}', default_value = NULL WHERE table_id = :t AND name = 'tags';
SELECT held();

-- Statuses, of one table.
UPDATE table_statuses SET name = 'prospect' WHERE table_id = :t AND name = 'lead';
UPDATE table_statuses SET name = 'customer', color = '#000' WHERE table_id = :t AND name = 'client';
SELECT held();
SELECT name, default_value FROM table_columns WHERE name = 'phase';
SELECT schema -> 'statuses' -> 0 ->> 'name' AS status, jsonb_path_query_first(schema, '$.columns[*] ? (@.name == "phase").default') AS standard FROM tables WHERE id = :t;
SELECT count(*) AS invalid FROM invalid_records(:t);

-- An old value that today's rules refuse does not block a rename, and a stripped key is not touched by it.
UPDATE table_columns SET options = '{"max": 5}' WHERE table_id = :t AND name = 'n';
UPDATE records SET data = data || '{"unknown": 1}' WHERE data ? 'n';
UPDATE tables SET unknown_keys = 'strip' WHERE id = :t;
UPDATE table_columns SET name = 'number' WHERE table_id = :t AND name = 'n';
SELECT held();

-- Undo: all of it comes back, under strip, too.
CREATE FUNCTION undo_last() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    last bigint := (SELECT max(transaction_id) FROM public.audit_logs);
BEGIN
    RETURN rowkit.undo_transaction(last) > 0;
END
$$;
CREATE TABLE before AS SELECT held();
SELECT rename_column(:t, 'a', 'renamed');
SELECT undo_last();
SELECT held() EXCEPT TABLE before;
BEGIN;
UPDATE table_columns SET name = 'x1' WHERE table_id = :t AND name = 'a';
UPDATE records SET data = data || '{"x1": "written"}' WHERE data ->> 'x1' = '1';
UPDATE table_statuses SET name = 'suspect' WHERE name = 'prospect';
UPDATE records SET status = 'customer' WHERE status = 'suspect';
COMMIT;
SELECT undo_last();
SELECT held() EXCEPT TABLE before;
-- A column that the transaction dropped, with what a write then stripped.
BEGIN;
DELETE FROM table_columns WHERE table_id = :t AND name = 'tags';
UPDATE records SET data = data || '{"phase": "customer"}' WHERE table_id = :t;
COMMIT;
SELECT count(*) FILTER (WHERE data ? 'tags') AS left_over FROM records;
SELECT undo_last();
SELECT held() EXCEPT TABLE before;
UPDATE table_columns SET options = '{"choices": [{"id": "1", "name": "ex"}, {"id": "2", "name": "why"}]}' WHERE table_id = :t AND name = 'tags';
SELECT undo_last();
SELECT held() EXCEPT TABLE before;

-- A step at a time, for clients that cannot CALL.
SELECT continue_rename_column(:t, 'a', 'stepped', 1) - 'cursor' AS answer;
SELECT name, renamed_from FROM table_columns WHERE table_id = :t AND name = 'stepped';
SELECT continue_rename_column(:t, 'a', 'other', 1);
DO $$
DECLARE
    answer jsonb := '{}';
    steps integer := 0;
BEGIN
    WHILE NOT coalesce((answer ->> 'is_done')::boolean, false) AND steps < 100 LOOP
        answer := continue_rename_column((SELECT table_id FROM public.table_columns WHERE name = 'stepped'), 'a', 'stepped', 1, (answer ->> 'cursor')::uuid);
        steps := steps + 1;
    END LOOP;
    RAISE INFO 'in more than one step: %, ended: %', steps > 1, answer;
END
$$;
SELECT name, renamed_from, (SELECT count(*) FROM records WHERE table_id = :t AND data ? 'a') AS left_over FROM table_columns WHERE table_id = :t AND name = 'stepped';
SELECT continue_rename_column(:t, 'a', 'stepped');
SELECT rename_column(:t, 'stepped', 'a') > 0 AS back;

-- Little by little: both names are read, and whoever writes moves the value.
CALL rename_column_in_batches(:t, 'a', 'batched', 1);
SELECT held();
SELECT name, renamed_from FROM table_columns WHERE table_id = :t AND name = 'batched';
SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, count(*) FROM record_keys GROUP BY 1;
UPDATE table_columns SET name = 'a', renamed_from = 'batched' WHERE table_id = :t AND name = 'batched';
SELECT count(*) AS invalid_but_for_number_and_tags FROM invalid_records(:t) WHERE errors::text ~ '"column": "(a|batched)"';
SELECT errors FROM (SELECT validate_record(:t, '{"batched": "9"}')) AS said(errors);
SELECT data FROM cast_record(:t, '{"batched": " 9 "}');
INSERT INTO records (table_id, data) VALUES (:t, '{"batched": "2"}');
UPDATE records SET data = data || '{"phase": "customer"}' WHERE data ->> 'batched' = '1' RETURNING data ? 'a' AS moved;
UPDATE records SET data = data || '{"batched": "by an old client"}' WHERE data ->> 'a' = '1' RETURNING data -> 'a' AS a, data ? 'batched' AS kept;
UPDATE records SET data = data || '{"a": "by a new client"}' WHERE data ->> 'batched' = '2' RETURNING data -> 'a' AS a, data ? 'batched' AS kept;
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'batched', 'text');
UPDATE table_columns SET renamed_from = 'email' WHERE table_id = :t AND name = 'a';
SELECT count(*) FILTER (WHERE data ? 'batched') AS left_over FROM records;
UPDATE table_columns SET renamed_from = NULL WHERE table_id = :t AND name = 'a';
SELECT held();
CALL rename_column_in_batches(:t, 'nope', 'x');
CALL rename_column_in_batches(:t, 'a', 'email');
CALL rename_column_in_batches(:t, 'a', 'a');
BEGIN;
CALL rename_column_in_batches(:t, 'a', 'b');
ROLLBACK;

-- A member who sees a part of the records renames all of them.
CREATE ROLE rowkit_clerk;
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000f1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000f1', :org, 'member');
GRANT USAGE ON SCHEMA public TO rowkit_clerk;
GRANT SELECT, UPDATE ON tables, table_columns, records TO rowkit_clerk;
CREATE POLICY few ON records AS RESTRICTIVE TO rowkit_clerk USING (data ->> 'a' = '1');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000f1"}';
SET ROLE rowkit_clerk;
SELECT rename_column(:t, 'a', 'by_clerk');
RESET ROLE;
SELECT count(*) FILTER (WHERE data ? 'a') AS left_over, count(*) FILTER (WHERE data ? 'by_clerk') AS renamed FROM records WHERE table_id = :t;
DROP POLICY few ON records;
-- The values of a column that another renames in batches move for nobody who may not rename it, though the records are theirs to change.
INSERT INTO table_columns (table_id, name) VALUES (:t, 'old_1');
INSERT INTO records (table_id, data) VALUES (:t, '{"by_clerk": "8", "old_1": "x"}');
UPDATE table_columns SET name = 'new_1', renamed_from = 'old_1' WHERE table_id = :t AND name = 'old_1';
CALL rename_column_in_batches(:t, 'new_1', 'new_2');
CREATE POLICY settled ON table_columns AS RESTRICTIVE FOR UPDATE TO rowkit_clerk USING (false);
SET ROLE rowkit_clerk;
SELECT moved, are_left FROM rowkit_internal._move_renamed_values(:t, 'new_1', NULL, 10, 'tables');
RESET ROLE;
DROP POLICY settled ON table_columns;
SET ROLE rowkit_clerk;
SELECT moved, are_left FROM rowkit_internal._move_renamed_values(:t, 'new_1', NULL, 10, 'tables');
RESET ROLE;
UPDATE table_columns SET renamed_from = NULL WHERE table_id = :t AND name = 'new_1';
DROP OWNED BY rowkit_clerk;
DROP ROLE rowkit_clerk;

-- What the audit log covers under the old name it must cover under the new one: a key, a path below it, by whatever statement; a key that only begins alike is another.
RESET request.jwt.claims;
INSERT INTO table_columns (table_id, name, type) VALUES (:t, 'secret', 'json'), (:t, 'secret_2', 'text'), (:t, 'wallet', 'json');
SELECT count(*) > 0 AS enabled FROM rowkit.enable_audit('records', redact => '{data.secret,data.wallet.keys.pin}');
INSERT INTO records (table_id, data) VALUES (:t, '{"by_clerk": "9", "secret": {"pin": 1}, "secret_2": "open", "wallet": {"keys": [{"pin": 2}]}}');
UPDATE table_columns SET name = 'bare' WHERE table_id = :t AND name = 'secret';
SELECT rename_column(:t, 'secret', 'bare');
CALL rename_column_in_batches(:t, 'secret', 'bare');
SELECT rename_column(:t, 'wallet', 'purse');
SELECT rename_column(:t, 'secret_2', 'opened');
SELECT count(*) > 0 AS enabled FROM rowkit.enable_audit('records', redact => '{data.secret,data.bare,data.wallet.keys.pin,data.purse.keys}');
SELECT rename_column(:t, 'wallet', 'purse');
SELECT rename_column(:t, 'secret', 'bare');
SELECT array_agg(action || ' ' || concat(old_data -> 'data', ' > ', new_data -> 'data')) FILTER (WHERE concat(old_data, new_data) ~ '"pin": [0-9]') AS in_clear, count(*) FILTER (WHERE new_data::text ~ 'bare') > 0 AS is_logged FROM audit_logs;
SELECT count(*) > 0 AS enabled FROM rowkit.enable_audit('records', redact => '{data}');
SELECT rename_column(:t, 'bare', 'secret');

-- Of two choices with one id the first has it: the other one keeps its records, whatever else of the column changes.
INSERT INTO table_columns (table_id, name, type, options) VALUES
    (:u, 'twin', 'select', '{"choices": [{"id": "1", "name": "first"}, {"id": "1", "name": "second"}]}');
INSERT INTO records (table_id, data) VALUES (:u, '{"a": "of two", "twin": "second"}');
UPDATE table_columns SET label = 'Twin' WHERE name = 'twin';
SELECT data FROM records WHERE data ? 'twin';
-- Back under the id with another name, a deleted column's values would be logged in clear, too.
SELECT count(*) > 0 AS enabled FROM rowkit.enable_audit('records', redact => '{data.secret}');
SELECT id AS secret_id FROM table_columns WHERE table_id = :t AND name = 'secret' \gset
DELETE FROM table_columns WHERE id = :'secret_id';
INSERT INTO table_columns (id, table_id, name, type) VALUES (:'secret_id', :t, 'other', 'json');
INSERT INTO table_columns (id, table_id, name, type) VALUES (:'secret_id', :t, 'secret', 'json');

-- Nothing under one of two names is lost: a rename in batches meets values under the new name, a hand sets renamed_from to a key that records use, one write gives both.
INSERT INTO table_columns (id, table_id, name, type) VALUES ('00000000-0000-4000-8000-0000000000e9', :t, 'first', 'text');
INSERT INTO records (id, table_id, data) VALUES ('00000000-0000-4000-8000-0000000000f7', :t, '{"by_clerk": "7", "first": "precious"}');
ALTER TABLE records DISABLE TRIGGER records_enforce_schema;
UPDATE records SET data = data || '{"second": "older", "third": null}' WHERE id = '00000000-0000-4000-8000-0000000000f7';
ALTER TABLE records ENABLE TRIGGER records_enforce_schema;
CALL rename_column_in_batches(:t, 'first', 'second');
UPDATE table_columns SET renamed_from = 'second' WHERE table_id = :t AND name = 'first';
SELECT name, renamed_from FROM table_columns WHERE table_id = :t AND name IN ('first', 'second');
CALL rename_column_in_batches(:t, 'first', 'third');
SELECT data - 'by_clerk' AS data FROM records WHERE id = '00000000-0000-4000-8000-0000000000f7';
UPDATE table_columns SET name = 'fourth', renamed_from = 'third' WHERE table_id = :t AND name = 'third';
INSERT INTO records (table_id, data) VALUES (:t, '{"by_clerk": "6", "third": "one", "fourth": "another"}');
SELECT jsonb_path_query_array(validate_record(:t, '{"by_clerk": "6", "third": "one", "fourth": "another"}'), '$[*].code') AS codes;
UPDATE records SET data = data || '{"third": "one", "fourth": "another"}' WHERE id = '00000000-0000-4000-8000-0000000000f7';
UPDATE records SET data = data || '{"fourth": "written"}' WHERE id = '00000000-0000-4000-8000-0000000000f7' RETURNING data - 'by_clerk' AS data;
-- The column gets a third name while its values move: the first CALL says so, and another goes on.
UPDATE table_columns SET name = 'fifth' WHERE table_id = :t AND name = 'fourth';
SELECT moved FROM rowkit_internal._move_renamed_values(:t, 'fourth', NULL, 10, 'tables');
CALL rename_column_in_batches(:t, 'third', 'fifth');
SELECT name, renamed_from FROM table_columns WHERE table_id = :t AND name ~ 'f(our|if)th';
