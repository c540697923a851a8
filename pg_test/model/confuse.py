#!/usr/bin/env python3
"""Type confusion: a column of a blueprint's table becomes one of another type, or a temporary table of the same name with such a column stands in front of it,
and then everything that reads is called. No session dies, and no error is an internal one.

CI takes a sample for 30 seconds; CONFUSE_SEED=n takes another one, CONFUSE_SECONDS=n a longer one. ROWKIT_SOAK=1 tries every column with every type.
"""
import os
import random
import re
import time

from odd import ANN, ONE, SCHEMAS, TIMEOUT, TWO, Connection, Findings, fill

SOAK = bool(os.environ.get("ROWKIT_SOAK"))
SEED = int(os.environ.get("CONFUSE_SEED", "15"))
SECONDS = int(os.environ.get("CONFUSE_SECONDS", "30"))
LEAST = 2_000
# A value that is no address, read as one; arrays with NULLs; domains, an enum, a row.
TYPES = {
    "bigint": "4096", "integer": "7", "text": "'x'", "jsonb": """'{"a": 1}'""", "boolean": "true", "uuid": f"'{ONE}'", "double precision": "1.5",
    "numeric": "1.5", "timestamptz": "now()", "bytea": r"'\x00'", "inet": "'1.2.3.4'", "name": "'x'", "integer[]": "ARRAY[1, NULL]",
    "bigint[]": "ARRAY[1, NULL]::bigint[]", "text[]": "ARRAY['a', NULL]", "odd.number": "4096", "odd.word": "'x'", "odd.mood": "'fine'", "odd.pair": "ROW(1, 'x')",
    "odd.id": f"'{ONE}'", "odd.document": """'{"a": 1}'""", "tsvector": "'a b'", '"char"': "'x'",
}
SETUP = """
CREATE SCHEMA odd;
GRANT USAGE ON SCHEMA odd TO PUBLIC;
CREATE DOMAIN odd.number AS bigint;
CREATE DOMAIN odd.word AS text;
CREATE DOMAIN odd.id AS uuid;
CREATE DOMAIN odd.document AS jsonb CHECK (jsonb_typeof(value) = 'object');
CREATE TYPE odd.mood AS ENUM ('fine', 'bad');
CREATE TYPE odd.pair AS (a integer, b text);
"""
COLUMNS = """SELECT relname, attname, format_type(atttypid, NULL), pg_get_userbyid(relowner) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped ORDER BY relname COLLATE "C", attnum"""
# Every function that is not a trigger's and takes what can be made up, by its required arguments.
FUNCTIONS = """SELECT nspname, proname, prokind::text, prorettype::regtype::text, COALESCE((proargnames)[:pronargs], '{}'),
    (ARRAY(SELECT format_type(type, NULL) FROM unnest(proargtypes) AS type))[:pronargs - pronargdefaults]
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE (nspname = %s OR nspname ~ '^rowkit') AND prokind IN ('f', 'p') AND prorettype NOT IN ('trigger'::regtype, 'internal'::regtype)
    AND NOT 'internal'::regtype = ANY (proargtypes) ORDER BY nspname, proname, proargtypes::text"""
ARGUMENTS = {
    "uuid": f"'{ONE}'::uuid", "text": "'a'", "jsonb": """'{"a": 1}'::jsonb""", "bigint": "1::bigint", "integer": "1", "boolean": "true", "numeric": "1", "bytea": "sha256('token')",
    "timestamp with time zone": "now()", "interval": "'1 day'::interval", "inet": "'1.2.3.4'::inet", "uuid[]": f"ARRAY['{ONE}']::uuid[]", "text[]": "ARRAY['name', NULL]",
    "bigint[]": "ARRAY[1, NULL]::bigint[]", "tsvector": "'a:1 b'::tsvector", "tsquery": "'a'::tsquery", "double precision": "1.5", "name": "'name'::name",
}
# What those of the blueprints, and those above, need more fitting arguments for.
CALLS = {
    "custom_tables": """
        SELECT validate_record('{1}', '{"a": 1}')
        SELECT validate_record('{1}', '{"a": 1}', 'tables')
        SELECT cast_record('{1}', '{"a": 1}')
        SELECT table_json_schema('{1}')
        SELECT rename_column('{1}', 'amount', 'amt')
        SELECT sync_table_schema('{1}')
        SELECT sync_table_schema('{1}', 'tables')
        SELECT sync_all_table_schemas()
        SELECT invalid_records('{1}')
        SELECT search_records('{1}', '佐藤')
        SELECT search_rows('records', '佐藤')
        SELECT search_vector_status('records')
        SELECT undo_transaction((SELECT max(transaction_id) FROM audit_logs), 'audit_logs')
        SELECT undo_transaction(1, 'audit_logs')
        SELECT row_history('records', (SELECT id::text FROM records LIMIT 1))
        SELECT row_as_of('records', (SELECT id::text FROM records LIMIT 1), now())
        INSERT INTO records (table_id, name, email) VALUES ('{1}', 'x', 'zz@example.com')
        UPDATE records SET name = '佐'
        UPDATE records SET data = data || '{"amount": 2}'
        UPDATE table_columns SET label = 'x'
        UPDATE table_columns SET is_unique = true WHERE name = 'amount'
        INSERT INTO table_columns (table_id, name, type) VALUES ('{1}', 'q', 'text')
        UPDATE tables SET name = 'x'
        UPDATE table_statuses SET position = 3
        DELETE FROM table_columns WHERE name = 'amount'
        UPDATE user_organizations SET role = 'owner'
        DELETE FROM user_organizations
        SELECT account_usage('{1}', 'organizations')
        SELECT current_tenant_ids('user_organizations')
        SELECT bulk_update_records(ARRAY(SELECT id FROM records), '{"name": "y"}')
        TRUNCATE table_columns
        DELETE FROM tables
        SELECT prove_isolation('records')
        SELECT purge_audit_logs(0, 'audit_logs')
        SELECT create_audit_partitions(audit_logs => 'audit_logs')
        SELECT rebind_audit_events('records', 'record')""",
    "data_catalog": """
        SELECT preview_delete('projects', '{1}'::uuid)
        SELECT soft_delete_with_counts('projects', '{1}'::uuid)
        SELECT restore_deleted('projects', '{1}'::uuid)
        SELECT restore_deleted('projects', '{A}'::uuid)
        SELECT hold_deletion('projects', '{A}'::uuid)
        SELECT cleanup_soft_deleted_records('projects', 0)
        SELECT permanent_delete('projects', '{A}'::uuid)
        SELECT soft_delete_with_counts('accounts', '{1}'::uuid), restore_deleted('accounts', '{1}'::uuid)
        SELECT cleanup_soft_deleted_records('accounts', 0)
        SELECT create_api_token('{1}', 'x', '{read:datasets}', user_id => '{A}')
        SELECT validate_api_token((SELECT token FROM create_api_token('{1}', 'x', '{read:datasets}', user_id => '{A}')))
        SELECT validate_api_token('rk_x')
        SELECT rotate_api_token(id) FROM api_tokens
        SELECT revoke_api_token(id) FROM api_tokens
        SELECT inactive_api_tokens(0, true)
        SELECT create_invitation('{1}', 'q@example.com', 'member', invited_by => '{A}')
        SELECT accept_invitation((SELECT token FROM create_invitation('{1}', 'q@example.com', 'member')), '{A}')
        SELECT accept_invitation('token', '{A}')
        SELECT count_login_attempt('ann@example.com', false)
        SELECT count_login_attempt('nobody@example.com', NULL)
        SELECT account_usage('{1}')
        SELECT read_usage_counter('{1}', 'projects')
        SELECT increment_usage_counter('{1}'::uuid, 'ai_requests')
        SELECT check_usage_available('{1}', 'projects')
        SELECT sync_usage_counters('{1}'::uuid)
        SELECT calculate_account_usage('{1}'::uuid)
        SELECT search_datasets('{1}', 'sal')
        SELECT search_rows('datasets', 'sal')
        SELECT dataset_lineage('{1}')
        SELECT current_tenant_ids('account_users')
        SELECT undo_transaction((SELECT max(transaction_id) FROM audit_logs), 'audit_logs')
        SELECT row_history('projects', '{1}'::uuid)
        SELECT row_as_of('projects', '{1}'::uuid, now())
        UPDATE projects SET name = 'x'
        INSERT INTO projects (account_id, name) VALUES ('{1}', 'y')
        UPDATE account_users SET role = 'owner'
        UPDATE accounts SET name = 'y'
        UPDATE connections SET name = 'z'
        UPDATE datasets SET name = name || '1'
        INSERT INTO datasets (connection_id, name) VALUES ('{1}', 'n')
        INSERT INTO columns (dataset_id, name, data_type) VALUES ('{1}', 'n', 't')
        DELETE FROM account_users
        DELETE FROM datasets
        INSERT INTO subscriptions (account_id, plan_id, status) VALUES ('{2}', '{1}', 'active')
        SELECT reset_monthly_usage()
        SELECT cleanup_usage_events(0)""",
    "lead_intelligence": """
        SELECT grant_credits('{1}'::uuid, 5)
        SELECT rowkit.grant_credits('{1}'::uuid, 5, credit_accounts => 'credit_accounts')
        SELECT rowkit.consume_credits('{1}'::uuid, 1, 'x')
        SELECT reserve_credits('{1}'::uuid, 1, 'x')
        SELECT settle_credits((reserve_credits('{1}'::uuid, 2, 'x')->>'reservation_id')::uuid, 1)
        SELECT release_credits((reserve_credits('{1}'::uuid, 2, 'x')->>'reservation_id')::uuid)
        SELECT refund_credits(id) FROM credit_operations
        SELECT credit_balance('{1}'::uuid)
        SELECT check_credits_available('{1}'::uuid, 1)
        SELECT expire_credits()
        SELECT reset_daily_credits()
        SELECT grant_credits('{1}'::uuid, 5, period => 'day')
        SELECT close_credit_account('{1}'::uuid)
        SELECT lead_intelligence.search_topics('clou')
        INSERT INTO leads (query_id, company_name) VALUES ('{1}', 'q')
        UPDATE leads SET company_name = 'z'
        DELETE FROM leads
        UPDATE queries SET status = 'completed'
        INSERT INTO queries (workspace_id, name) VALUES ('{2}', 'q')
        SELECT search_rows('leads', 'company')
        UPDATE users SET role = 'owner'
        DELETE FROM users
        SELECT undo_transaction((SELECT max(transaction_id) FROM audit_logs), 'audit_logs')
        SELECT row_history('queries', '{1}'::uuid)
        UPDATE credit_accounts SET balance = 1""",
    "customer_accounts": """
        SELECT export_customer(1)
        SELECT import_customer(export_customer(1))
        SELECT search_rows('customer_contacts', 'ann')
        SELECT search_vector_status('customer_contacts')
        SELECT set_primary_contact(1)
        UPDATE customer_contacts SET contact_name = 'x'
        INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (1, 'n')
        UPDATE customer_accounts SET company_name = 'y'
        DELETE FROM customer_accounts
        SELECT row_history('customer_accounts', 1::bigint)
        SELECT undo_transaction((SELECT max(transaction_id) FROM audit_logs), 'audit_logs')""",
    "studio_crm": """
        SELECT submit_form('{1}', '{"email": "a@b.example"}')
        SELECT claim_invitation('token')
        SELECT rowkit.claim_client_invitation('token')
        SELECT render_template('{1}', '{"name": "x"}')
        INSERT INTO workflow_executions (workflow_id, status) VALUES ('{1}', 'failed')
        UPDATE workflow_executions SET status = 'failed'
        UPDATE workflows SET nodes = '[{"id": "b"}]'
        UPDATE forms SET name = 'x'
        UPDATE clients SET first_name = 'y'
        UPDATE messages SET body = 'z'
        DELETE FROM messages
        UPDATE message_templates SET content = 'Hi {{x}}'
        SELECT search_rows('clients', 'lee')
        UPDATE auth_users SET role = 'owner'
        DELETE FROM auth_users
        SELECT current_tenant_ids('auth_users')
        SELECT undo_transaction((SELECT max(transaction_id) FROM audit_logs), 'audit_logs')
        SELECT row_history('forms', '{1}'::uuid)""",
}
# The table of each blueprint that most functions work on.
MAIN = {"custom_tables": "records", "data_catalog": "projects", "lead_intelligence": "leads", "customer_accounts": "customer_contacts", "studio_crm": "clients"}
# They look at everything, and take long.
SLOW = re.compile("isolation_report|prove_isolation|deleted_records_summary|usage_drift")


def calls_of(schema):
    texts = [line.strip() for line in CALLS[schema].splitlines() if line.strip()]
    return [text.replace("{1}", ONE).replace("{2}", TWO).replace("{A}", ANN) for text in texts]


def derived(functions, table, columns):
    """A call of every function, on this table where it takes one; and every kind of write."""
    calls = []
    for schema, name, kind, result, names, types in functions:
        arguments = [f"'{table}'::regclass" if type == "regclass" else ARGUMENTS.get(type, f"NULL::{type}") for type in types]
        # An overload is chosen by its types; the table may also be one of the optional arguments.
        given = ", ".join(arguments)
        for extra in ["tables", "accounts", "credit_accounts", "log", "membership", "api_tokens"]:
            if extra == table and extra in names[len(types):]:
                calls.append(f"SELECT {schema}.{name}({given}{', ' if given else ''}{extra} => '{table}')")
        calls.append(f"{'CALL' if kind == 'p' else 'SELECT'} {schema}.{name}({given})")
    calls += [f"UPDATE {table} SET {column} = {column}" for column in columns]
    calls += [f"INSERT INTO {table} SELECT * FROM {table}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"]
    return calls


def retyped(connection, schema, table, column, type):
    name = f'{schema}.{table}'
    return (connection.quietly(f'ALTER TABLE {name} DROP COLUMN "{column}" CASCADE')
            and connection.quietly(f'ALTER TABLE {name} ADD COLUMN "{column}" {type} DEFAULT {TYPES[type]}'))


def planted(connection, schema, table, columns, column, type):
    """A temporary table of the same name, with the same rows, in front."""
    listed = ", ".join(f'{TYPES[type]}::{type} AS "{name}"' if name == column else f'"{name}"' for name in columns)
    return (connection.quietly(f"CREATE TEMP TABLE {table} AS SELECT {listed} FROM {schema}.{table}")
            and connection.quietly(f"GRANT ALL ON pg_temp.{table} TO PUBLIC")
            and connection.quietly(f"SET LOCAL search_path = pg_temp, {schema}, rowkit, public"))


def main():
    fill()
    findings = Findings()
    connection = Connection(findings, f"SET client_min_messages = error; SET statement_timeout = '{TIMEOUT}s'; SET lock_timeout = '2s'")
    connection.session.execute(SETUP)
    r = random.Random(SEED)
    columns, functions, cases = {}, {}, []
    for schema in SCHEMAS:
        found = connection.session.execute(COLUMNS, [schema]).fetchall()
        functions[schema] = connection.session.execute(FUNCTIONS, [schema]).fetchall()
        for table, column, type, _ in found:
            columns.setdefault((schema, table), []).append(column)
            cases += [(schema, table, column, new, r.choice(("retyped", "planted"))) for new in TYPES if new != type]
    r.shuffle(cases)
    end, done = time.monotonic() + SECONDS, 0
    for schema, table, column, type, way in cases:
        # On a slow machine it takes longer.
        if not SOAK and time.monotonic() > end and findings.statements >= LEAST:
            break
        own, made_up = calls_of(schema), derived(functions[schema], table, columns[schema, table])
        calls = own + r.sample(made_up, 20)
        role = r.choice(["", "", "SET LOCAL ROLE authenticated; "]) if way == "planted" else ""
        claims = f"""SET LOCAL request.jwt.claims = '{{"sub": "{ANN}", "email": "ann@example.com", "email_verified": true}}';"""
        # The slow ones in one case of twenty.
        calls = [call for call in calls if not SLOW.search(call) or r.random() < 0.05]
        done += 1
        while calls:
            connection.quietly(f"BEGIN; SET LOCAL search_path = {schema}, rowkit, public; SET CONSTRAINTS ALL IMMEDIATE; {claims}")
            if not (retyped(connection, schema, table, column, type) if way == "retyped" else planted(connection, schema, table, columns[schema, table], column, type)):
                connection.quietly("ROLLBACK")
                break
            while calls:
                sql = calls.pop(0)
                connection.quietly("SAVEPOINT call" + (f"; {role}" if role else ""))
                if connection.run(sql, f"[{schema}.{table}.{column} {way} as {type}] {role}") == "lost":
                    break
                connection.quietly("ROLLBACK TO call")
            connection.quietly("ROLLBACK")
    print(f"confuse: seed {SEED}, {done} of {len(cases)} cases")
    findings.end("confuse", LEAST)


if __name__ == "__main__":
    main()
