-- A role that is a member of another one, as the master user of a hosted server is of all, works on tables of that one's. No code of theirs may run with the member's rights.
\connect - rowkit
CREATE ROLE dba LOGIN;
GRANT plain TO dba;
GRANT USAGE ON SCHEMA attack TO dba;
\connect - plain
CREATE TABLE plainhome.docs (id int PRIMARY KEY, parent int REFERENCES plainhome.docs ON DELETE CASCADE, name text UNIQUE);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.docs');
ALTER TABLE plainhome.docs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.docs USING (attack.trap('plain')) WITH CHECK (attack.trap('plain'));
CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON plainhome.docs FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
INSERT INTO plainhome.docs VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, NULL, 'c'), (4, NULL, 'd');
SELECT attack.holds(attack.has_visits(), 'the trap is there');
\connect - dba
SELECT attack.holds(rowkit.soft_delete('plainhome.docs', id::text), 'a member deletes') FROM unnest('{1,3,4}'::int[]) AS id;
SELECT count(*) FROM rowkit.deleted_rows('plainhome.docs');
SELECT count(*) FROM rowkit.preview_delete('plainhome.docs', '2');
SELECT rowkit.restore_deleted('plainhome.docs', '1');
SELECT rowkit.restore_deleted('plainhome.docs', ARRAY['3', '1']);
SELECT rowkit.hold_deletion('plainhome.docs', '4');
\connect - rowkit
SELECT attack.holds(deleted_at IS NULL, 'the member restored the rows') FROM plainhome.docs WHERE id IN (1, 2, 3);
\connect - plain
INSERT INTO plainhome.docs VALUES (5, NULL, 'd');
\connect - dba
SELECT attack.shows_nothing($$SELECT rowkit.restore_deleted('plainhome.docs', '4', on_conflict => 'skip')$$, '23505', '42704', '55000');
SELECT attack.shows_nothing($$SELECT rowkit.restore_deleted('plainhome.docs', '4')$$, '23505', '42704', '55000');
\connect - rowkit
REVOKE plain FROM dba;
REVOKE USAGE ON SCHEMA attack FROM dba;
DROP ROLE dba;
