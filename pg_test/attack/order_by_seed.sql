-- Tables of untrusted owners are purged in an order by chance, and share a limited time. A trigger that sets the seed of random() must not choose who comes first the next time.
\connect - plain
CREATE TABLE plainhome.visited (name text, n bigint GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION plainhome.seeds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.trap('plain'), pg_catalog.set_config('seed', '0.5', false);
    INSERT INTO plainhome.visited (name) VALUES (TG_TABLE_NAME);
    RETURN OLD;
END
$$;
CREATE TABLE plainhome.one (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE plainhome.two (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.one');
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.two');
CREATE TRIGGER seeds BEFORE DELETE ON plainhome.one FOR EACH ROW EXECUTE FUNCTION plainhome.seeds();
CREATE TRIGGER seeds BEFORE DELETE ON plainhome.two FOR EACH ROW EXECUTE FUNCTION plainhome.seeds();
-- As many runs as make an order that is always the same a matter of the seed, and of nothing else: by chance it is one in eight million.
INSERT INTO plainhome.one SELECT FROM generate_series(1, 24);
INSERT INTO plainhome.two SELECT FROM generate_series(1, 24);
GRANT SELECT ON plainhome.visited TO rowkit;
\connect - rowkit
-- All calls in one session, whose seed the trigger sets in each of them; each a statement of its own, as all untrusted owners together have a limited time in one.
CREATE FUNCTION pg_temp.round() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    home text;
    target uuid;
BEGIN
    FOREACH home IN ARRAY ARRAY['plainhome.one', 'plainhome.two'] LOOP
        EXECUTE format('SELECT id FROM %s WHERE deleted_at IS NULL LIMIT 1', home) INTO target;
        PERFORM attack.holds(rowkit.soft_delete(home, target), 'a row is deleted');
    END LOOP;
    WHILE NOT (rowkit.continue_purge_deleted(0) ->> 'is_done')::boolean LOOP
    END LOOP;
END
$$;
SELECT 'SELECT pg_temp.round()' FROM generate_series(1, 24) \gexec
SELECT attack.holds(count(*) = 48, 'all rows were purged') FROM plainhome.visited;
SELECT attack.holds(count(DISTINCT name) = 2, 'each of the tables came first at least once') FROM plainhome.visited WHERE n % 2 = 1;
