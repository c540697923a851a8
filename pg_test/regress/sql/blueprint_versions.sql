-- A blueprint of a newer version: its migrations bring the tables up to it, before its scripts run again and the version is written down. No blueprint has one yet, so the library's answers
-- are replaced here: version 2 of customer_accounts has one more column.
SET client_min_messages = warning;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('customer_accounts', 'app');
INSERT INTO app.customer_accounts (company_name, customer_type) VALUES ('Acme', 'Commercial');
SELECT DISTINCT version FROM app.rowkit_objects;
SELECT rowkit_internal._blueprint_migrations('customer_accounts', 'app', 1);
CREATE OR REPLACE FUNCTION rowkit.blueprints() RETURNS TABLE(blueprint text, version integer, description text) LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT 'customer_accounts'::text, 2, ''::text $$;
-- A migration that fails leaves the version that was there, and the rows.
CREATE OR REPLACE FUNCTION rowkit_internal._blueprint_migrations(blueprint text, quoted_schema text, installed integer) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN installed < 2 THEN ARRAY[format('ALTER TABLE %s.customer_accounts ADD COLUMN tier text', quoted_schema), 'SELECT 1 / 0'] ELSE '{}' END $$;
SELECT count(*) FROM rowkit.install_blueprint('customer_accounts', 'app');
SELECT DISTINCT version FROM app.rowkit_objects;
SELECT count(*) AS tiers FROM information_schema.columns WHERE table_schema = 'app' AND column_name = 'tier';
CREATE OR REPLACE FUNCTION rowkit_internal._blueprint_migrations(blueprint text, quoted_schema text, installed integer) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN installed < 2 THEN ARRAY[format('ALTER TABLE %s.customer_accounts ADD COLUMN tier text NOT NULL DEFAULT ''basic''', quoted_schema)] ELSE '{}' END $$;
SELECT left(command, 80) AS command FROM rowkit.install_blueprint('customer_accounts', 'app', true) LIMIT 1;
SELECT kind, identity FROM rowkit.install_blueprint('customer_accounts', 'app');
SELECT company_name, tier FROM app.customer_accounts;
SELECT kind, version FROM app.rowkit_objects WHERE kind IN ('blueprint', 'schema') ORDER BY kind;
-- Once: the version is there. A new schema has it from the scripts, and runs no migration.
SELECT count(*) FROM rowkit.install_blueprint('customer_accounts', 'app');
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('customer_accounts', 'fresh');
SELECT kind, version FROM fresh.rowkit_objects WHERE kind = 'blueprint';
SELECT count(*) AS tiers FROM information_schema.columns WHERE table_schema = 'fresh' AND column_name = 'tier';
