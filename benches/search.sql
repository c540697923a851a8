-- What one has today: the server's own trigger, and the PL/pgSQL that JSONB asks for.
CREATE FUNCTION plpgsql_search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part record;
BEGIN
    NEW.v := setweight(to_tsvector('english', coalesce(NEW.name, '')), 'A')
        || setweight(to_tsvector('english', coalesce(NEW.email, '')), 'B')
        || setweight(to_tsvector('english', coalesce(NEW.company, '')), 'B');
    FOR part IN SELECT value FROM jsonb_each_text(NEW.data) LOOP
        NEW.v := NEW.v || setweight(to_tsvector('english', part.value), 'C');
    END LOOP;
    RETURN NEW;
END
$$;
CREATE TABLE source AS
SELECT n AS id, 'Taylor Smith ' || n AS name, 'taylor' || n || '@example.com' AS email, 'Northern Machine Works ' || n % 1000 AS company,
    jsonb_build_object('city', 'Springfield', 'memo', 'called about the delayed delivery of order ' || n, 'code', 'INV-2024-' || n, 'industry', 'Manufacturing',
        'note', 'prefers to be reached in the morning') AS data, n AS untouched
FROM generate_series(1, 100000) AS n;
CREATE TABLE bare (LIKE source);
ALTER TABLE bare ADD v tsvector;
CREATE TABLE server (LIKE bare);
CREATE TABLE ours (LIKE bare);
CREATE TABLE plpgsql_json (LIKE bare);
CREATE TABLE ours_json (LIKE bare);
CREATE TRIGGER v BEFORE INSERT OR UPDATE ON server FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger('v', 'pg_catalog.english', 'name', 'email', 'company');
CREATE TRIGGER v BEFORE INSERT OR UPDATE ON ours FOR EACH ROW
    EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'name:A', 'email:B', 'company:B');
CREATE TRIGGER v BEFORE INSERT OR UPDATE ON plpgsql_json FOR EACH ROW EXECUTE FUNCTION plpgsql_search_vector();
CREATE TRIGGER v BEFORE INSERT OR UPDATE ON ours_json FOR EACH ROW
    EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'name:A', 'email:B', 'company:B', 'data:C');
VACUUM ANALYZE source;
