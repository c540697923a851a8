-- The owner of a table changes the type of a column while a session keeps what it knows of the table: plans, column numbers and cached states of a trigger must
-- not be believed any more. The attacker owns the tables, so nothing but types stands between them and the server's memory.
\connect - plain
SET search_path = plainhome, rowkit;
CREATE TABLE tables (id uuid PRIMARY KEY, schema jsonb NOT NULL);
INSERT INTO tables VALUES (attack.id('x'), '{"version": 1, "columns": [{"id": "11111111-1111-4111-8111-111111111111", "name": "amount", "type": "integer"}]}');
CREATE TABLE records (id uuid, table_id uuid, data jsonb);
CREATE TRIGGER enforce BEFORE INSERT OR UPDATE ON records FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema('tables');
INSERT INTO records VALUES (attack.id('r'), attack.id('x'), '{"amount": 1}');
SELECT rowkit.validate_record(attack.id('x'), '{"amount": "x"}', 'plainhome.tables');
ALTER TABLE tables ALTER COLUMN schema TYPE bigint USING 4096;
SELECT attack.refused('SELECT rowkit.validate_record(attack.id(''x''), ''{"amount": 1}'', ''plainhome.tables'')', '42804', '22023', '0A000');
-- The compiled schema may still be known; then the row is judged by it. What must not be is a crash.
DO $$
BEGIN
    INSERT INTO plainhome.records VALUES (attack.id('r'), attack.id('x'), '{"amount": 1}');
EXCEPTION WHEN OTHERS THEN
    IF SQLSTATE LIKE 'XX%' THEN RAISE; END IF;
END
$$;
\connect - plain
SELECT attack.refused('INSERT INTO plainhome.records VALUES (attack.id(''r''), attack.id(''x''), ''{"amount": 1}'')', '42804', '22023', '0A000');
