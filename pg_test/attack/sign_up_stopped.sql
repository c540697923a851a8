-- Code on the table that sign-ups are copied to, or on its columns, must not make a sign-up fail: neither with an error that WHEN OTHERS catches nor with the one that it does not.
\connect - plain
CREATE TABLE plainhome.sign_ups (id uuid PRIMARY KEY, email text, raw_user_meta_data jsonb);
CREATE TABLE plainhome.people (id uuid PRIMARY KEY, email text, name text);
CREATE TRIGGER sign_up AFTER INSERT ON plainhome.sign_ups FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('plainhome.people');
CREATE TABLE plainhome.state (state text);
CREATE FUNCTION plainhome.stops() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no sign-up today' USING ERRCODE = (SELECT state FROM plainhome.state); END $$;
CREATE TRIGGER stops BEFORE INSERT ON plainhome.people FOR EACH ROW EXECUTE FUNCTION plainhome.stops();
CREATE FUNCTION plainhome.asserts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ASSERT false, 'no sign-up today'; RETURN NEW; END $$;
DO $$
DECLARE
    way text;
    expected bigint := 0;
BEGIN
    FOREACH way IN ARRAY ARRAY['P0001', 'P0004', '23514', '53200', '57P01', 'XX000', '40001'] LOOP
        DELETE FROM plainhome.state;
        INSERT INTO plainhome.state VALUES (way);
        INSERT INTO plainhome.sign_ups VALUES (attack.id('signs up ' || way), way || '@a.example', '{"name": "Somebody"}');
        expected := expected + 1;
        PERFORM attack.holds((SELECT count(*) FROM plainhome.sign_ups) = expected, 'the sign-up is there: ' || way);
    END LOOP;
END
$$;
DROP TRIGGER stops ON plainhome.people;
CREATE TRIGGER asserts BEFORE INSERT ON plainhome.people FOR EACH ROW EXECUTE FUNCTION plainhome.asserts();
INSERT INTO plainhome.sign_ups VALUES (attack.id('asserted'), 'asserted@a.example', '{"name": "Somebody"}');
SELECT attack.holds(count(*) = 8, 'an assertion stops no sign-up') FROM plainhome.sign_ups;
SELECT attack.holds(count(*) = 0, 'all of them were refused by the table of people') FROM plainhome.people;
-- Without the code in the way people are copied: the refusals were its doing.
DROP TRIGGER asserts ON plainhome.people;
INSERT INTO plainhome.sign_ups VALUES (attack.id('comes in'), 'in@a.example', '{"name": "Somebody"}');
SELECT attack.holds(count(*) = 1, 'the last one is copied') FROM plainhome.people WHERE name = 'Somebody';
