-- The records of queries.sql again in tables without a trigger, with the indexes that people would make instead.
SET client_min_messages = error;
SET search_path = bench, rowkit;
CREATE TABLE by_none (LIKE records INCLUDING DEFAULTS);
CREATE TABLE by_expression (LIKE records INCLUDING DEFAULTS);
CREATE TABLE by_gin (LIKE records INCLUDING DEFAULTS);
INSERT INTO by_none SELECT * FROM records;
INSERT INTO by_expression SELECT * FROM records;
INSERT INTO by_gin SELECT * FROM records;
CREATE INDEX ON by_expression (rowkit.field_text(data, 'stage'), id) WHERE table_id = '00000000-0000-0004-8000-000000000000';
CREATE INDEX ON by_expression (rowkit.field_float8(data, 'amount'), id) WHERE table_id = '00000000-0000-0004-8000-000000000000';
CREATE INDEX ON by_expression (rowkit.field_date(data, 'due'), id) WHERE table_id = '00000000-0000-0004-8000-000000000000';
CREATE INDEX ON by_expression (rowkit.field_text(data, 'city'), id) WHERE table_id = '00000000-0000-0004-8000-000000000000';
CREATE INDEX ON by_expression (rowkit.field_text(data, 'code'), id) WHERE table_id = '00000000-0000-0004-8000-000000000000';
CREATE INDEX by_gin_data ON by_gin USING gin (data jsonb_path_ops);
CREATE TABLE real_table_bare AS SELECT * FROM real_table;
-- All of them have the primary key and the index by time that the others have.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['by_none', 'by_expression', 'by_gin'] LOOP
        EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (id), ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE INDEX ON %I (table_id, created_at, id)', name);
        EXECUTE format('CREATE POLICY mine ON %I USING (organization_id = ANY (rowkit.current_tenant_ids(''bench.user_organizations'')))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO authenticated', name);
    END LOOP;
END
$$;
ALTER TABLE real_table_bare ADD PRIMARY KEY (id);
CREATE INDEX ON real_table_bare (created_at, id);
