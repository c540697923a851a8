-- Records of one organization in :tables tables, the first of which has :large records, with five indexed columns. Loaded without triggers: what is measured is how they are found.
SET client_min_messages = error;
CREATE ROLE authenticated;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'bench');
GRANT USAGE ON SCHEMA bench TO authenticated;
SET search_path = bench, rowkit;
CREATE FUNCTION id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN format('00000000-0000-%s-8000-%s', lpad(kind::text, 4, '0'), lpad(n::text, 12, '0'))::uuid;
INSERT INTO organizations (id, name) VALUES (id(1, 0), 'mine'), (id(1, 1), 'others');
INSERT INTO users (id) VALUES (id(2, 0));
INSERT INTO user_organizations (user_id, organization_id, role) VALUES (id(2, 0), id(1, 0), 'member');
SET session_replication_role = replica;
INSERT INTO tables (id, organization_id, name, schema) SELECT id(4, n), id(1, (n > 2)::integer), 'table ' || n, '{"columns": [], "statuses": [], "version": 1}' FROM generate_series(0, :tables - 1) AS n;
-- In the order of their numbers, so that the records of the large table lie among the others'.
INSERT INTO records (id, table_id, organization_id, name, created_at, data)
SELECT id(6, n), id(4, home), id(1, (home > 2)::integer), 'record ' || n, '2024-01-01'::timestamptz + n * '1 second'::interval, jsonb_build_object(
    'stage', (ARRAY['new', 'called', 'offered', 'won', 'lost', 'later', 'never', 'again'])[1 + hashint8(n) % 8 + CASE WHEN hashint8(n) % 8 < 0 THEN 8 ELSE 0 END],
    'amount', abs(hashint8(n * 7)) % 1000000 / 100.0, 'due', '2020-01-01'::date + abs(hashint8(n * 11)) % 3000, 'city', 'city ' || abs(hashint8(n * 13)) % 10000,
    'code', 'code ' || n, 'note', 'note ' || abs(hashint8(n * 17)) % 1000)
FROM generate_series(1, :records) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % (:records / :large) = 0 THEN 0 WHEN n % (5 * :records / :large) = 1 THEN 1 ELSE 3 + n % (:tables - 3) END) AS place(home);
SET session_replication_role = origin;
INSERT INTO table_columns (table_id, name, type, options, indexed)
SELECT id(4, home), defined.name, defined.type, defined.options::jsonb, false
FROM generate_series(0, 2) AS home, (VALUES
    ('stage', 'select', '{"choices": ["new", "called", "offered", "won", "lost", "later", "never", "again"]}'), ('amount', 'number', '{}'), ('due', 'date', '{}'),
    ('city', 'text', '{}'), ('code', 'text', '{}'), ('note', 'text', '{}')) AS defined(name, type, options);
ALTER TABLE records FORCE ROW LEVEL SECURITY;
VACUUM (ANALYZE) records;

-- What people would take instead: a table of the same columns with B-trees, expression indexes on the records, a GIN index on all of data.
CREATE TABLE real_table AS
SELECT id, organization_id, created_at, name, data ->> 'stage' AS stage, (data ->> 'amount')::numeric AS amount, (data ->> 'due')::date AS due, data ->> 'city' AS city, data ->> 'code' AS code, data ->> 'note' AS note
FROM records WHERE table_id = id(4, 0);
ALTER TABLE real_table ADD PRIMARY KEY (id), ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON real_table USING (organization_id = ANY (rowkit.current_tenant_ids('bench.user_organizations')));
GRANT SELECT, INSERT ON real_table TO authenticated;
CREATE INDEX ON real_table (stage, id);
CREATE INDEX ON real_table (amount, id);
CREATE INDEX ON real_table (due, id);
CREATE INDEX ON real_table (city, id);
CREATE INDEX ON real_table (code, id);
CREATE INDEX ON real_table (created_at, id);
VACUUM (ANALYZE) real_table;

-- Runs a statement as the end user, :n times with another number each time, and tells the median and the 95th of 100 in milliseconds.
CREATE FUNCTION timed(statement text, n integer) RETURNS TABLE(median numeric, p95 numeric, row_count bigint) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    rows bigint;
    taken numeric[] := '{}';
BEGIN
    FOR turn IN 0 .. n LOOP
        began := clock_timestamp();
        EXECUTE statement INTO rows USING turn;
        -- The first one loads plans and schemas.
        IF turn > 0 THEN
            taken := taken || (extract(epoch FROM clock_timestamp() - began) * 1000)::numeric;
        END IF;
        row_count := rows;
    END LOOP;
    SELECT round(percentile_disc(0.5) WITHIN GROUP (ORDER BY one), 2), round(percentile_disc(0.95) WITHIN GROUP (ORDER BY one), 2) INTO median, p95 FROM unnest(taken) AS one;
    RETURN NEXT;
END
$$;
GRANT EXECUTE ON FUNCTION timed(text, integer), id(integer, bigint) TO authenticated;
