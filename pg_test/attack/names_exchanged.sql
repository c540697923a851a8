-- Code of plain's, in a trigger of a child, exchanges schemas or tables by their names while somebody else's call is at work. What the call read about one
-- table must not be done to the one that has the name now: no trigger of plain's runs as the caller, and no line stays live below a deleted order.
SET client_min_messages = error;
CREATE TABLE attack.exchanged (n int PRIMARY KEY, name text, orders oid, lines oid);
SELECT format('GRANT CREATE ON DATABASE %I TO plain', current_database()) \gexec
-- The schemas of each variant: aN, with the trigger, comes before appN, with the tables, and fakeN has what takes their place.
CREATE FUNCTION attack.set_up(n int, owner text, swap text) RETURNS void LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
    orders text := format('%s%s.orders', CASE owner WHEN 'plain' THEN 'own' ELSE 'app' END, n);
BEGIN
    EXECUTE replace('CREATE SCHEMA a# AUTHORIZATION plain; CREATE SCHEMA app# AUTHORIZATION plain; CREATE SCHEMA fake# AUTHORIZATION plain;
        CREATE SCHEMA own#; GRANT USAGE ON SCHEMA a#, app#, fake#, own# TO PUBLIC', '#', n::text);
    EXECUTE format('CREATE TABLE %1$s (id int PRIMARY KEY); GRANT REFERENCES ON %1$s TO plain; INSERT INTO %1$s VALUES (1)', orders);
    PERFORM rowkit.enable_soft_delete(orders::regclass);
    PERFORM set_config('role', owner, true);
    EXECUTE format('CREATE TABLE app%1$s.zlines (id int PRIMARY KEY, o int REFERENCES %2$s ON DELETE CASCADE);
        INSERT INTO app%1$s.zlines VALUES (1, 1)', n, orders);
    PERFORM rowkit.enable_soft_delete(format('app%s.zlines', n)::regclass);
    PERFORM set_config('role', 'rowkit', true);
    INSERT INTO attack.exchanged VALUES (n, orders, to_regclass(orders), to_regclass(format('app%s.zlines', n)));
    PERFORM set_config('role', 'plain', true);
    EXECUTE format('CREATE TABLE a%1$s.kids (id int PRIMARY KEY, o int REFERENCES %2$s ON DELETE CASCADE); INSERT INTO a%1$s.kids VALUES (1, 1)', n, orders);
    EXECUTE replace('CREATE TABLE fake#.zlines (id int CONSTRAINT fake PRIMARY KEY, o int, deleted_at timestamptz, deleted_by uuid, deletion_id uuid);
        INSERT INTO fake#.zlines VALUES (1, 1); GRANT ALL ON fake#.zlines TO PUBLIC;
        CREATE TRIGGER planted BEFORE UPDATE OR DELETE ON fake#.zlines FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger(''plain'');
        CREATE FUNCTION a#.swap() RETURNS trigger LANGUAGE plpgsql AS
            $f$ BEGIN PERFORM attack.trap(''plain''); ' || swap || '; RETURN coalesce(NEW, OLD); END $f$', '#', n::text);
    PERFORM rowkit.enable_soft_delete(format('a%s.kids', n)::regclass);
    PERFORM set_config('role', 'rowkit', true);
END
$$;
-- Soft deletes, of a superuser's lines and of lines that are plain's.
\set schemas 'ALTER SCHEMA app# RENAME TO old#; ALTER SCHEMA fake# RENAME TO app#'
SELECT attack.set_up(1, 'rowkit', :'schemas'), attack.set_up(2, 'plain', :'schemas');
SELECT attack.set_up(3, 'plain', 'ALTER TABLE app#.zlines RENAME TO old; ALTER TABLE fake#.zlines SET SCHEMA app#');
SELECT attack.set_up(4, 'plain', 'ALTER TABLE app#.zlines SET SCHEMA a#; ALTER TABLE fake#.zlines SET SCHEMA app#');
SELECT attack.set_up(5, 'rowkit', 'DROP TABLE app#.zlines CASCADE; ALTER TABLE fake#.zlines SET SCHEMA app#');
-- A restore, a permanent_delete and a purge: what they work on is deleted before the trigger is there.
SELECT attack.set_up(n, 'rowkit', :'schemas') FROM generate_series(6, 8) AS n;
SELECT attack.holds(rowkit.soft_delete(orders::regclass, '1'), 'an order is deleted') FROM attack.exchanged WHERE n > 5;
GRANT SELECT ON attack.exchanged TO plain;
\connect - plain
SELECT format('CREATE TRIGGER swap BEFORE UPDATE OR DELETE ON a%s.kids FOR EACH ROW EXECUTE FUNCTION a%s.swap()', n, n) FROM attack.exchanged \gexec
\connect - rowkit
SET client_min_messages = error;
SELECT attack.shows_nothing(format('SELECT rowkit.%s(%L, ''1'')', (ARRAY['restore_deleted', 'permanent_delete'])[n - 5], name),
    '0A000', '23503', '40001', '42501', '42704', '42P01', '55000', '55006') FROM attack.exchanged WHERE n IN (6, 7);
SELECT attack.shows_nothing(format('SELECT rowkit.soft_delete(%L, ''1'')', name),
    '0A000', '23503', '40001', '42501', '42704', '42P01', '55000', '55006') FROM attack.exchanged WHERE n < 6;
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(last_value >= 7, format('the exchange was on the way: %s', last_value)) FROM attack.visits;
SELECT attack.holds(NOT is_called, 'no trigger of plain''s ran as the superuser') FROM attack.alarm;
SELECT format('SELECT attack.holds(count(*) = 0, ''no line is live below a deleted order, nor the other way round: %s'')
FROM %s AS o JOIN %s AS l ON l.o = o.id WHERE l.deletion_id IS DISTINCT FROM o.deletion_id', n, orders::regclass, lines::regclass)
FROM attack.exchanged JOIN pg_class ON pg_class.oid = lines \gexec
