-- An auditor takes back a transaction in which seller deleted a row of v.docs. Plain's table refers to v.docs with ON DELETE SET NULL and is audited in seller's log (INSERT on the log, as the documents say),
-- so its row is an event of that transaction, too: the undo runs UPDATE on plain's table, and plain's trigger, as the auditor, who named neither plain's table nor anything of plain's.
CREATE ROLE seller LOGIN;
CREATE ROLE auditor LOGIN;
SET client_min_messages = warning;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack TO seller, auditor;
\connect - seller
GRANT USAGE ON SCHEMA v TO plain, auditor;
CREATE TABLE v.docs (id int PRIMARY KEY, title text);
CREATE TABLE v.secrets AS SELECT 'for the auditor alone' AS secret;
SELECT count(*) FROM rowkit.create_audit_log('v', tenant_column => '');
SELECT count(*) FROM rowkit.enable_audit('v.docs');
GRANT SELECT ON v.audit_logs, v.secrets TO auditor;
CREATE POLICY auditor ON v.audit_logs FOR SELECT TO auditor USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON v.docs TO auditor;
GRANT INSERT ON v.audit_logs TO plain;
GRANT REFERENCES ON v.docs TO plain;
INSERT INTO v.docs VALUES (1, 'old');
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.loot (what text);
CREATE TABLE plainhome.bait (id int PRIMARY KEY, d int REFERENCES v.docs ON DELETE SET NULL);
GRANT ALL ON plainhome.loot, plainhome.bait TO PUBLIC;
SELECT count(*) FROM rowkit.enable_audit('plainhome.bait', audit_logs => 'v.audit_logs');
INSERT INTO plainhome.bait VALUES (1, 1);
CREATE FUNCTION plainhome.evil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'plain' THEN
        PERFORM attack.trap('plain');
        EXECUTE 'INSERT INTO plainhome.loot SELECT current_user || '': '' || secret FROM v.secrets';
        EXECUTE 'CREATE DOMAIN pg_temp.text AS pg_catalog.text';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER planted BEFORE UPDATE ON plainhome.bait FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
\connect - seller
DELETE FROM v.docs;
SELECT transaction AS of_seller FROM v.audit_logs WHERE table_name = 'docs' AND action = 'DELETE' \gset
SELECT attack.holds(count(*) = 2, 'plain''s row is an event of the transaction') FROM v.audit_logs WHERE transaction = :'of_seller';
\connect - auditor
SELECT attack.refused(format('SELECT rowkit.undo_transaction(%L::uuid, ''v.audit_logs'')', :'of_seller'), '42501');
SELECT attack.holds(count(*) = 0, 'no type is planted') FROM pg_type WHERE typnamespace = pg_my_temp_schema() AND typtype = 'd';
\connect - rowkit
SELECT attack.holds(count(*) = 0, 'plain has no loot') FROM plainhome.loot;
-- What is of the log's owner alone is taken back.
\connect - seller
INSERT INTO v.docs VALUES (2, 'alone');
DELETE FROM v.docs WHERE id = 2;
SELECT transaction AS of_seller FROM v.audit_logs WHERE table_name = 'docs' AND action = 'DELETE' AND record_id = '2' \gset
\connect - auditor
SELECT attack.holds((rowkit.undo_transaction(:'of_seller'::uuid, 'v.audit_logs')) IS NOT NULL, 'the auditor takes back what is of the log''s owner');
\connect - rowkit
SELECT attack.holds(count(*) = 1, 'the document is there again') FROM v.docs WHERE id = 2;
SET client_min_messages = error;
DROP SCHEMA v CASCADE;
DROP OWNED BY seller, auditor;
DROP ROLE seller, auditor;
