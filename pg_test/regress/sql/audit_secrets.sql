-- What redact covers: whole columns, and paths into what JSON shows of a column, through lists, whatever shape a value has. What it cannot cover it refuses.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE TYPE card AS (holder text, digits text);
CREATE DOMAIN document AS jsonb;
CREATE TABLE things (id integer PRIMARY KEY, settings jsonb, plain json, own document, pay card, cards card[], docs jsonb[], tags text[], "a.b" jsonb, note text);

-- What is no path into the column's type, or part of the key, is refused when audit is enabled ...
SELECT * FROM enable_audit('things', redact => '{settings.token,tags.x}');
SELECT * FROM enable_audit('things', redact => '{note.x}');
SELECT * FROM enable_audit('things', redact => '{settings.}');
SELECT * FROM enable_audit('things', redact => '{settings.a..b}');
SELECT * FROM enable_audit('things', redact => '{docs.token}');
SELECT * FROM enable_audit('things', redact => '{id}');
SELECT * FROM enable_audit('things', redact => '{missing.token}');
-- ... and when a trigger by hand says it.
CREATE TRIGGER by_hand AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION log_audit_trail('redact=tags.x');
INSERT INTO things (id) VALUES (1);
DROP TRIGGER by_hand ON things;
CREATE TRIGGER by_hand AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION log_audit_trail('redact=id');
INSERT INTO things (id) VALUES (1);
DROP TRIGGER by_hand ON things;

SELECT count(*) > 0 FROM enable_audit('things', redact => '{settings.token,settings.smtp.password,plain.token,own.token,pay.digits,cards.digits,docs,tags,a.b.c}');
INSERT INTO things (id, settings, plain, own, pay, cards, docs, tags, "a.b") VALUES
    (1, '{"token": "secret", "smtp": {"password": "secret", "host": "h"}, "n": 1}', '{"token": "secret", "n": 2}', '{"token": "secret", "n": 3}', '(Ann,secret)', '{"(Ann,secret)"}', '{"\"secret\""}', '{secret}', '{"c": "secret", "d": 1}'),
    (2, '[{"token": "secret", "n": 1}, ["secret", {"smtp": {"password": ["secret"]}}]]', '[{"token": "secret"}]', '"secret"', NULL, '{NULL}', NULL, NULL, '[[{"c": "secret"}]]'),
    (3, '{"smtp": "ann:secret", "token": null, "a": {"token": "in clear"}, "Token": "in clear"}', 'null', '7', '(,)', '{}', '{}', '{}', 'true'),
    (4, '{"smtp.password": "secret", "smtp": {"password.old": "in clear", "password": {"deep": "secret"}}}', '"secret"', NULL, NULL, NULL, NULL, NULL, NULL);
SELECT record_id, key, value FROM audit_logs, jsonb_each(new_data) WHERE action = 'INSERT' AND key <> 'id' AND value <> 'null' ORDER BY record_id, key COLLATE "C";
-- Changes say that there is one, and no more; a secret that stays is none.
UPDATE things SET settings = jsonb_set(settings, '{smtp,password}', '"secret2"') WHERE id = 1;
UPDATE things SET settings = jsonb_set(settings, '{n}', '2') WHERE id = 1;
UPDATE things SET settings = '[{"token": "secret3"}]', pay = '(Bob,secret)' WHERE id = 1;
UPDATE things SET tags = '{secret4}' WHERE id = 1;
SELECT old_data, new_data FROM audit_logs WHERE action = 'UPDATE' ORDER BY created_at;
SELECT jsonb_pretty(row_as_of('things', 1::bigint, 'infinity') - '{id,note}'::text[]);
DELETE FROM things;
SELECT count(*) AS leaked FROM audit_logs WHERE concat(old_data, new_data) ~ 'secret';
-- What is not in the log cannot be taken back.
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE action = 'DELETE' LIMIT 1));
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE old_data ->> 'tags' = '[redacted]' AND action = 'UPDATE'));

-- A document that is nested too deeply for a stack is refused, not written in clear, and does not end the server.
CREATE TABLE deep (id integer PRIMARY KEY, j jsonb);
SELECT count(*) > 0 FROM enable_audit('deep', redact => '{j.token}');
DO $$ BEGIN
    INSERT INTO deep SELECT 1, (repeat('[', 3000) || '{"token": "secret"}' || repeat(']', 3000))::jsonb;
EXCEPTION WHEN statement_too_complex THEN NULL;
END $$;
SELECT count(*) <= 1 AS is_there_or_refused, coalesce(bool_or(new_data::text ~ 'secret'), false) AS leaked FROM audit_logs WHERE table_name = 'deep' AND action = 'INSERT';

-- A search vector holds the words of the columns that it is made of: the log leaves it out where it redacts anything, whichever came first.
CREATE TABLE found (id integer PRIMARY KEY, name text, ssn text, doc jsonb, search_vector tsvector);
SELECT count(*) > 0 FROM enable_search('found', '{name:A,ssn:C,doc:D}');
SELECT count(*) > 0 FROM enable_audit('found', redact => '{ssn,doc.pin}');
INSERT INTO found VALUES (1, 'Ann', '078-05-1120', '{"pin": "hush4711"}');
UPDATE found SET ssn = '219-09-9999', doc = '{"pin": "hush4712"}';
CREATE TABLE late (LIKE found INCLUDING ALL);
SELECT count(*) > 0 FROM enable_audit('late', redact => '{ssn,doc.pin}');
INSERT INTO late SELECT id, name, ssn, doc FROM found;
SELECT count(*) > 0 FROM enable_search('late', '{name:A,ssn:C,doc:D}');
UPDATE late SET ssn = '078-05-1120';
SELECT count(*) AS found FROM found WHERE search_vector @@ search_query('1120') OR search_vector @@ search_query('9999');
SELECT table_name, action, coalesce(new_data ? 'search_vector', false) AS has_vector, concat(old_data, new_data) ~ '1120|9999|hush' AS leaked
FROM audit_logs WHERE table_name IN ('found', 'late') AND action IN ('INSERT', 'UPDATE') ORDER BY table_name, action;
SELECT row_as_of('found', 1, now()) ? 'search_vector' AS has_vector;
-- Where it redacts nothing, too: the vector follows from the row, and comes back with it. One that no trigger of rowkit's keeps is logged.
CREATE TABLE told (id integer PRIMARY KEY, name text, search_vector tsvector, own tsvector);
SELECT count(*) > 0 FROM enable_search('told', '{name:A}');
SELECT count(*) > 0 FROM enable_audit('told');
INSERT INTO told (id, name, own) VALUES (1, 'Ann', 'own');
DELETE FROM told;
SELECT action, concat(old_data, new_data) ~ 'search_vector' AS has_vector, concat(old_data, new_data) ~ '"own"' AS has_own
FROM audit_logs WHERE table_name = 'told' AND action IN ('INSERT', 'DELETE') ORDER BY action;
SELECT count(undo_transaction(transaction, 'audit_logs')) AS undone FROM audit_logs WHERE table_name = 'told' AND action = 'DELETE';
SELECT name, search_vector @@ search_query('ann') AS is_found, own FROM told;
