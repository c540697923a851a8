-- The scripts of the blueprints quote the schema's name between tags such as $members$. A role that may create a schema gives it a name with such a tag and SQL behind it; a superuser
-- installs a blueprint there. Each of the tags that the scripts have is tried, and what else could end a quotation.
\connect - rowkit
GRANT CREATE ON DATABASE :DBNAME TO plain;
CREATE TABLE attack.tags AS
SELECT DISTINCT found.parts[1] AS tag
FROM rowkit.blueprints() AS known CROSS JOIN unnest(rowkit_internal._blueprint_scripts(known.blueprint, 'home')) AS script
CROSS JOIN regexp_matches(script, '\$[a-z_]*\$', 'g') AS found(parts)
WHERE :'is_15' OR known.blueprint NOT IN ('lead_intelligence', 'studio_crm');
SELECT attack.holds(count(*) > 10, 'the scripts have tags') FROM attack.tags;
INSERT INTO attack.tags VALUES ('$'), ('$1'), ('x$');
GRANT SELECT ON attack.tags TO PUBLIC;
\connect - plain
SELECT format('CREATE SCHEMA %I', tag || '||''''))));ALTER ROLE plain SUPERUSER;--'), format('CREATE SCHEMA %I', tag || ');ALTER ROLE plain SUPERUSER;--') FROM attack.tags \gexec
\connect - rowkit
SELECT attack.refused(format('SELECT count(*) FROM rowkit.install_blueprint(%L, %L, %L)', known.blueprint, home.nspname, dry_run), '22023')
FROM rowkit.blueprints() AS known, pg_namespace AS home, unnest('{true,false}'::boolean[]) AS dry_run
WHERE home.nspname ~ 'ALTER ROLE plain' AND (:'is_15' OR known.blueprint NOT IN ('lead_intelligence', 'studio_crm'));
-- A string, a comment, an identifier, a hole of the scripts: names that can be used are names.
CREATE TABLE attack.names AS SELECT * FROM (VALUES
    ('x''||(SELECT set_config(''attack.ran'', ''yes'', false))||'''), (E'x\n;ALTER ROLE plain SUPERUSER;--'), ('x*/;ALTER ROLE plain SUPERUSER;--'), ('x";ALTER ROLE plain SUPERUSER;--'),
    ('x\'';ALTER ROLE plain SUPERUSER;--'), ('@schema@'), ('@blueprint@')) AS given(name);
SELECT attack.holds((SELECT count(*) FROM rowkit.install_blueprint('custom_tables', name)) > 30, format('it is installed in %s', name)) FROM attack.names;
SELECT attack.holds(NOT rolsuper AND current_setting('attack.ran', true) IS DISTINCT FROM 'yes', 'a name is no command') FROM pg_roles WHERE rolname = 'plain';
