-- The attacker makes a temporary table with the columns that a function reads, of other types, and names it in the call. A number that native code takes for a
-- pointer crashes the server, or shows its memory. Each call must be refused by an error.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE TEMP TABLE t (id uuid, schema bigint);
INSERT INTO t VALUES (attack.id('x'), 4096);
SELECT attack.refused(format('SELECT rowkit.%s', call), '42804', '42501', '22023', '42809', '0A000')
FROM unnest(ARRAY[
    'validate_record(attack.id(''x''), ''{}'', ''t'')', 'is_valid_record(attack.id(''x''), ''{}'', ''t'')', 'table_json_schema(attack.id(''x''), ''t'')',
    'cast_record(attack.id(''x''), ''{}'', ''t'')', 'record_errors(attack.id(''x''), ''{}'', ''t'')']) AS call;
-- The same with a text, which has no fixed length, and a type by value that is shorter.
CREATE TEMP TABLE t2 (id uuid, schema text);
INSERT INTO t2 VALUES (attack.id('x'), repeat('x', 3000));
SELECT attack.refused('SELECT rowkit.validate_record(attack.id(''x''), ''{}'', ''t2'')', '42804', '42501', '22023', '42809', '0A000');
CREATE TEMP TABLE t3 (id uuid, schema boolean);
INSERT INTO t3 VALUES (attack.id('x'), true);
SELECT attack.refused('SELECT rowkit.validate_record(attack.id(''x''), ''{}'', ''t3'')', '42804', '42501', '22023', '42809', '0A000');
-- A domain over another type, and a column of the right name in a view.
CREATE DOMAIN pg_temp.document AS bigint;
CREATE TEMP TABLE t4 (id uuid, schema pg_temp.document);
INSERT INTO t4 VALUES (attack.id('x'), 4096);
SELECT attack.refused('SELECT rowkit.validate_record(attack.id(''x''), ''{}'', ''t4'')', '42804', '42501', '22023', '42809', '0A000');
CREATE TEMP VIEW t5 AS SELECT attack.id('x') AS id, 4096::bigint AS schema;
SELECT attack.refused('SELECT rowkit.validate_record(attack.id(''x''), ''{}'', ''t5'')', '42804', '42501', '22023', '42809', '0A000');

-- A log of one's own.
CREATE TEMP TABLE evil (id integer, action integer, table_name integer, record_id integer, new_record_id integer, old_data text, new_data text, statement bigint, transaction_id bigint,
    transaction uuid);
INSERT INTO evil VALUES (1, 4096, 1, 1, 1, '{}', '{}', 1, 7, '00000000-0000-8000-8000-000000000007');
SELECT attack.refused('SELECT rowkit.undo_transaction(''00000000-0000-8000-8000-000000000007'', ''evil'')', '42804', '42501', '22023', '42809', '0A000', '42703', '55000');
-- The log's id alone is another.
CREATE TEMP TABLE evil_log (id bigint, at bigint, action text, table_name text, record_id text, new_record_id text, old_data jsonb, new_data jsonb, statement bigint, transaction_id bigint,
    transaction uuid);
INSERT INTO evil_log VALUES (4096, 1, 'UPDATE', 'ct.records', 'x', NULL, '{}', '{}', 1, 7, '00000000-0000-8000-8000-000000000007');
SELECT attack.refused('SELECT rowkit.undo_transaction(''00000000-0000-8000-8000-000000000007'', ''evil_log'')', '42804', '42501', '22023', '42809', '0A000', '42703', '55000');

-- Its transactions are of another type than a uuid, and more than that.
CREATE TEMP TABLE evil_numbers (LIKE evil_log);
ALTER TABLE evil_numbers ALTER COLUMN transaction TYPE bigint USING 4096;
INSERT INTO evil_numbers VALUES (4096, 1, 'UPDATE', 'ct.records', 'x', NULL, '{}', '{}', 1, 7, 4096);
SELECT attack.refused('SELECT rowkit.undo_transaction(7, ''evil_numbers'')', '42804', '42501', '22023', '42809', '0A000', '42703');

-- Credits: uuid and bigint changed places.
CREATE TEMP TABLE credit_accounts (account_id uuid, balance uuid, time_zone bigint, created_at timestamptz, updated_at timestamptz);
CREATE TEMP TABLE credit_grants (id bigint, account_id uuid, amount uuid, remaining uuid, priority uuid, expires_at bigint, period bigint, period_key bigint, source bigint, created_at timestamptz);
CREATE TEMP TABLE credit_operations (id bigint, account_id uuid, kind bigint, amount uuid, action bigint, idempotency_key text, original_operation_id bigint, created_at timestamptz);
CREATE TEMP TABLE credit_entries (id bigint, account_id uuid, operation_id bigint, grant_id bigint, amount uuid, created_at timestamptz);
INSERT INTO credit_accounts VALUES (attack.id('A'), attack.id('A'), 4096);
INSERT INTO credit_grants VALUES (4096, attack.id('A'), attack.id('A'), attack.id('A'), attack.id('A'), 4096, 4096, 4096, 4096);
SELECT attack.refused(format('SELECT rowkit.%s', call), '42804', '42501', '22023', '42809', '0A000', '42703', '42883', '23514')
FROM unnest(ARRAY[
    'credit_balance(attack.id(''A''), ''pg_temp.credit_accounts'')', 'consume_credits(attack.id(''A''), 1, ''x'', credit_accounts => ''pg_temp.credit_accounts'')',
    'grant_credits(attack.id(''A''), 1, credit_accounts => ''pg_temp.credit_accounts'')']) AS call;

-- Triggers on retyped tables: the columns that they read are of other types.
CREATE TEMP TABLE records (id bigint, table_id bigint, organization_id bigint, name bigint, email bigint, company bigint, status bigint, data bigint, search_vector bigint);
CREATE TEMP TABLE tables (id bigint, schema bigint, unknown_keys bigint);
CREATE TEMP TABLE record_keys (organization_id bigint, table_id bigint, column_id bigint, key bigint, record_id bigint);
INSERT INTO tables VALUES (4096, 4096, 4096);
CREATE FUNCTION pg_temp.hang(trigger text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE format('CREATE TRIGGER hung %s', trigger);
        INSERT INTO pg_temp.records VALUES (4096, 4096, 4096, 4096, 4096, 4096, 4096, 4096, 4096);
        UPDATE pg_temp.records SET data = 4097, table_id = 4097, name = 4097;
        DELETE FROM pg_temp.records;
        RETURN 'ran';
    EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE LIKE 'XX%' THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, trigger; END IF;
        RETURN SQLSTATE;
    END;
END
$$;
SELECT pg_temp.hang(trigger) FROM unnest(ARRAY[
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema(''tables'')',
    'AFTER INSERT ON pg_temp.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys(''tables'', ''record_keys'')',
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(''search_vector'', ''name:A'')',
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema(''data'', ''{"type": "object"}'')',
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_workflow(''data'', ''data'')',
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.set_row_actor(''name'', ''email'')',
    'BEFORE UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at(''company'')',
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.check_table_column()',
    'BEFORE INSERT OR UPDATE ON pg_temp.records FOR EACH ROW EXECUTE FUNCTION rowkit.guard_table_schema()',
    'AFTER INSERT ON pg_temp.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema(''tables'')',
    'AFTER INSERT ON pg_temp.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter(''tables'', ''table_id'', ''schema'')',
    'AFTER INSERT ON pg_temp.records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.log_audit_trail(''record_keys'')']) AS trigger;
