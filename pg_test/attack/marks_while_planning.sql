-- While the server plans a statement it evaluates IMMUTABLE functions, those of CHECKs among them. A statement that such a function of plain's runs while rowkit's own statement is
-- planned must not look like rowkit's own: it would delete what is on hold, and mark rows as it likes.
CREATE ROLE seller LOGIN;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack, v TO seller, plain;
\connect - seller
CREATE TABLE v.parts (id int, name text, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE v.parts_1 PARTITION OF v.parts FOR VALUES IN (1);
SELECT count(*) FROM rowkit.enable_soft_delete('v.parts', hard_delete => 'nobody');
GRANT SELECT, INSERT, UPDATE, DELETE ON v.parts TO plain;
INSERT INTO v.parts VALUES (1, 'p1', 1), (2, 'on hold', 1), (3, 'p3', 1), (4, 'deleted', 1);
SELECT rowkit.soft_delete('v.parts', '{"id": 2, "part": 1}'), rowkit.soft_delete('v.parts', '{"id": 4, "part": 1}');
SELECT rowkit.hold_deletion('v.parts', '{"id": 2, "part": 1}');
CREATE TABLE v.flat (id int PRIMARY KEY, name text);
SELECT count(*) FROM rowkit.enable_soft_delete('v.flat');
GRANT SELECT, UPDATE ON v.flat TO plain;
INSERT INTO v.flat VALUES (1, 'f1'), (2, 'on hold'), (3, 'f3');
SELECT rowkit.soft_delete('v.flat', '2');
SELECT rowkit.hold_deletion('v.flat', '2');
\connect - plain
CREATE FUNCTION plainhome.act() RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    context text;
    -- Without a WHERE, for which the CHECK would be evaluated once more.
    mine uuid := (SELECT left(string_agg(deletion_id::text, ' '), 36) FROM plainhome.mine);
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    IF context ~ 'DELETE FROM ONLY plainhome.mine' THEN
        PERFORM nextval('attack.visits');
        DELETE FROM v.parts WHERE id IN (2, 4);
    ELSIF context ~ 'UPDATE ONLY plainhome.mine' AND EXISTS (SELECT FROM v.flat WHERE id = 2 AND deleted_at IS NOT NULL) THEN
        PERFORM nextval('attack.visits');
        UPDATE v.flat SET deletion_id = mine, deleted_at = now() WHERE id IN (2, 3);
        UPDATE v.flat SET deletion_id = NULL, deleted_at = NULL WHERE id = 2;
    END IF;
    RETURN 1;
END
$$;
CREATE TABLE plainhome.mine (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.mine');
INSERT INTO plainhome.mine VALUES (1), (2);
SELECT rowkit.soft_delete('plainhome.mine', '1'), rowkit.soft_delete('plainhome.mine', '2');
CREATE FUNCTION plainhome.immutable() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.act(); END $$;
ALTER TABLE plainhome.mine ADD CHECK (plainhome.immutable() = 1);
SET constraint_exclusion = on;
-- The planted statements err, or do nothing.
DO $$ BEGIN PERFORM rowkit.permanent_delete('plainhome.mine', '1'); EXCEPTION WHEN OTHERS THEN NULL; END $$;
DO $$ BEGIN PERFORM rowkit.restore_deleted('plainhome.mine', '2'); EXCEPTION WHEN OTHERS THEN NULL; END $$;
\connect - rowkit
SELECT attack.holds(attack.has_visits(), 'the CHECK was evaluated while the statement was planned');
SELECT attack.holds(count(*) = 4 AND count(*) FILTER (WHERE deletion_id IS NOT NULL) = 2, 'the rows are there, deleted as they were') FROM v.parts;
SELECT attack.holds(string_agg(id::text, ' ') FILTER (WHERE deleted_at IS NOT NULL) = '2', 'what is on hold stays deleted, and nothing else is') FROM v.flat;
DROP SCHEMA v CASCADE;
REVOKE USAGE ON SCHEMA attack FROM seller;
DROP ROLE seller;
