-- Code of one role's is run as another by way of a call that the other makes for a table of their own: a policy, when an error says which records refer to one that a
-- trigger deletes within the other's cascade; a domain, when a superuser asks how much of a counter is used; a schema's name, when a superuser enables credits there.
CREATE ROLE regress_victim LOGIN;
CREATE SCHEMA victimhome AUTHORIZATION regress_victim;
GRANT USAGE ON SCHEMA victimhome TO plain;
\connect - regress_victim
CREATE TABLE victimhome.parents (id uuid PRIMARY KEY);
INSERT INTO victimhome.parents VALUES (attack.id('parent'));
SELECT count(*) FROM rowkit.enable_soft_delete('victimhome.parents');
GRANT REFERENCES, SELECT ON victimhome.parents TO plain;
\connect - rowkit
CREATE SCHEMA plaintables AUTHORIZATION plain;
\connect - plain
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'plaintables');
GRANT USAGE ON SCHEMA plaintables TO PUBLIC;
INSERT INTO plaintables.organizations (id, name) VALUES (attack.id('P'), 'P');
INSERT INTO plaintables.tables (id, organization_id, name) VALUES (attack.id('t1'), attack.id('P'), 't1'), (attack.id('t2'), attack.id('P'), 't2');
INSERT INTO plaintables.table_columns (table_id, name, type, options)
VALUES (attack.id('t2'), 'who', 'reference', jsonb_build_object('table_id', attack.id('t1'), 'on_delete', 'restrict'));
INSERT INTO plaintables.records (id, table_id, name, data) VALUES (attack.id('target'), attack.id('t1'), 'target', '{}'),
    (attack.id('from'), attack.id('t2'), 'from', jsonb_build_object('who', attack.id('target')));
CREATE POLICY planted ON plaintables.records USING (attack.trap('plain'));
ALTER TABLE plaintables.records ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON plaintables.records TO PUBLIC;
CREATE TABLE plaintables.children (id uuid PRIMARY KEY, parent uuid REFERENCES victimhome.parents ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('plaintables.children');
INSERT INTO plaintables.children VALUES (attack.id('child'), attack.id('parent'));
CREATE FUNCTION plaintables.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.trap('plain');
    PERFORM rowkit.soft_delete('plaintables.records', attack.id('target'));
    RETURN NEW;
EXCEPTION WHEN foreign_key_violation THEN
    RETURN NEW;
END
$$;
CREATE TRIGGER meddle BEFORE UPDATE ON plaintables.children FOR EACH ROW EXECUTE FUNCTION plaintables.meddle();
CREATE DOMAIN plaintables.trapped AS text CHECK (attack.trap('plain'));
CREATE TABLE plaintables.accounts (id plaintables.trapped PRIMARY KEY, n integer NOT NULL DEFAULT 0);
CREATE TABLE plaintables.things (id integer PRIMARY KEY, account_id plaintables.trapped REFERENCES plaintables.accounts);
SELECT count(*) FROM rowkit.enable_usage_counter('plaintables.things', 'plaintables.accounts', 'n');
INSERT INTO plaintables.accounts VALUES ('x');
\connect - rowkit
CREATE SCHEMA "'operator(plaintables.+)'" AUTHORIZATION plain;
\connect - plain
CREATE FUNCTION plaintables.plus(one text, other text) RETURNS regclass LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.trap('plain');
    RETURN ('"''operator(plaintables.+)''"' || substr(other, 2))::regclass;
END
$$;
CREATE OPERATOR plaintables.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = plaintables.plus);
CREATE TABLE "'operator(plaintables.+)'".owners (id uuid PRIMARY KEY);
-- Each is done, as its own owner.
\connect - regress_victim
SELECT nextval('attack.visits') AS before \gset
SELECT attack.holds(rowkit.soft_delete('victimhome.parents', attack.id('parent')), 'a parent is deleted');
SELECT attack.holds(nextval('attack.visits') > :before + 1, 'the trap is on the way of the cascade');
-- The same where the cascade itself reaches the table with the policy: the victim named another one.
\connect - plain
GRANT REFERENCES, SELECT ON plaintables.records TO PUBLIC;
ALTER TABLE plaintables.records ADD parent uuid REFERENCES victimhome.parents ON DELETE CASCADE;
\connect - regress_victim
INSERT INTO victimhome.parents VALUES (attack.id('second'));
\connect - plain
UPDATE plaintables.records SET parent = attack.id('second') WHERE id = attack.id('target');
\connect - regress_victim
SELECT attack.refused('SELECT rowkit.soft_delete(''victimhome.parents'', attack.id(''second''))', '23503');
\connect - rowkit
SELECT attack.holds((SELECT count(*) FROM rowkit_internal._calculate_account_usage('x', 'plaintables.accounts')) = 1, 'usage can be asked for');
ALTER TABLE "'operator(plaintables.+)'".owners OWNER TO CURRENT_USER;
SELECT attack.holds((SELECT count(*) FROM rowkit.enable_credits('"''operator(plaintables.+)''".owners')) > 0, 'a schema may have any name');
DROP SCHEMA victimhome CASCADE;
DROP ROLE regress_victim;
