-- 10,000 people through COPY, each validated on the way in. Run after quickstart.sql, from the project's folder.
SET search_path = app;
CREATE TEMPORARY TABLE incoming (name text, email text, company text, status text, data jsonb);
\copy incoming FROM PROGRAM 'gzip -dc examples/records.csv.gz' (FORMAT csv, HEADER)
INSERT INTO records (table_id, name, email, company, status, data)
SELECT '00000000-0000-4000-8000-00000000000b', name, email, company, status, data FROM incoming;
SELECT refresh_table_statistics();
SELECT table_name, record_count, status_counts FROM table_statistics;
