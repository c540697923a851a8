-- Counters of tenant B's records tell how many it has and what its options and statuses are called. They are nobody else's to read, nobody's to write, and no trigger
-- of an end user's reaches them.
\connect - authenticator
SELECT attack.sign_in(person), attack.shows_nothing('TABLE ct.record_statistics', '42501'), attack.shows_nothing('TABLE ct.live_table_statistics', '42501', '42809'),
    attack.shows_nothing('SELECT * FROM ct.get_live_table_statistics()', '42501'), attack.shows_nothing(format('SELECT * FROM ct.get_live_table_statistics(%L)', attack.id('B table')), '42501'),
    attack.refused_alike('SELECT * FROM ct.column_statistics(''%s'')', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42704', '42501'),
    attack.refused_alike('SELECT * FROM rowkit.column_statistics(''%s'', ''ct.tables'')', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42704', '42501')
FROM unnest('{a1,a4,NULL}'::text[]) AS person;
SELECT attack.sign_in('a1');
SELECT attack.holds(count(*) = 1 AND sum(record_count) = 1, 'a member reads its own counters') FROM ct.get_live_table_statistics();
SELECT attack.refused(command, '42501')
FROM unnest(ARRAY['INSERT INTO ct.record_statistics (organization_id, table_id, slot) VALUES (attack.id(''A''), attack.id(''A table''), 9)', 'UPDATE ct.record_statistics SET counts = ''{}''',
    'DELETE FROM ct.record_statistics', 'TRUNCATE ct.record_statistics', 'SELECT * FROM ct.record_statistics FOR UPDATE', 'SELECT ct.rebuild_table_statistics()',
    'SELECT rowkit.rebuild_table_statistics(attack.id(''A table''), ''ct.tables'')', 'SELECT * FROM rowkit.table_statistics_drift(NULL, ''ct.tables'')',
    'CREATE TRIGGER mine AFTER UPDATE ON ct.record_statistics FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger(''authenticated'')']) AS command;
-- What a member writes counts for its own table alone.
INSERT INTO ct.records (table_id, name, data) VALUES (attack.id('A table'), 'Ada', '{"salary": 1500}');
SELECT attack.holds(sum(record_count) = 2, 'a member''s record is counted') FROM ct.get_live_table_statistics();

\connect - plain
CREATE TABLE plainhome.x (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid, table_id uuid, name text, data jsonb);
CREATE TABLE plainhome.tables (id uuid PRIMARY KEY, organization_id uuid, schema jsonb NOT NULL DEFAULT '{}');
INSERT INTO plainhome.tables (id, organization_id) VALUES (attack.id('B table'), attack.id('B'));
SELECT attack.refused(format('DO $do$ BEGIN CREATE TRIGGER hung %s EXECUTE FUNCTION rowkit.maintain_record_statistics(%L, ''ct.record_statistics''); %s; END $do$', given.events, home.name, given.command), '42501')
FROM (VALUES
    ('AFTER INSERT ON plainhome.x REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', format('INSERT INTO plainhome.x (table_id, data) VALUES (%L, ''{}'')', attack.id('B table'))),
    ('AFTER DELETE ON plainhome.x REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT',
        format('INSERT INTO plainhome.x (table_id, data) VALUES (%L, ''{}''); DELETE FROM plainhome.x', attack.id('B table'))),
    ('AFTER TRUNCATE ON plainhome.x FOR EACH STATEMENT', 'TRUNCATE plainhome.x')) AS given(events, command), unnest('{ct.tables,plainhome.tables}'::text[]) AS home(name);

\connect - rowkit
SELECT attack.holds(count(*) = 0, 'the counters are right') FROM rowkit.table_statistics_drift(NULL, 'ct.tables');
