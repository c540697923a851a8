-- An end user hangs an INSTEAD OF trigger on a view that default privileges opened to them: it runs as the service that writes through the view. Nobody of the
-- API may have TRIGGER or REFERENCES on anything of a blueprint.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE FUNCTION pg_temp.ev() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('authenticated'); RETURN NEW; END $$;
SELECT attack.refused(format('CREATE TRIGGER ev INSTEAD OF INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pg_temp.ev()', oid::regclass), '42501')
FROM pg_class WHERE relkind = 'v' AND relnamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc');
SELECT attack.refused(format('CREATE TRIGGER ev BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pg_temp.ev()', oid::regclass), '42501')
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc');
SELECT attack.holds(count(*) = 0, format('no API role has TRIGGER or REFERENCES on %s', string_agg(class.oid::regclass || ' (' || role || ')', ', ')))
FROM pg_class AS class CROSS JOIN unnest('{anon,authenticated,service_role}'::text[]) AS role
WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc')
    AND (has_table_privilege(role, class.oid, 'TRIGGER') OR has_table_privilege(role, class.oid, 'REFERENCES'));
SELECT attack.holds(count(*) > 10, 'there are views') FROM pg_class WHERE relkind = 'v' AND relnamespace = 'dc'::regnamespace;
-- What a service writes through a view runs nothing of theirs.
\connect - authenticator
SET ROLE service_role;
BEGIN;
UPDATE dc.projects_active SET name = name;
ROLLBACK;
