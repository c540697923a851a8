#!/usr/bin/env python3
"""Renames of the tables that rowkit itself makes or finds by their names: each table, column and constraint of them, and the schema, gets another name
in a transaction of its own, where every function that reads or writes them is asked. It answers as it did before, or refuses with an SQLSTATE that says
what is missing: never is an answer another one, never is there an internal error. Every rename is tried with every function, so there is no chance in it.
"""

import sys
from collections import Counter

from people import psycopg

ONE, TWO, ANN, BOB, EVE, ZOE = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("01", "02", "a1", "b1", "e1", "f1"))
TO = 're"named @x@ %s.名'
# What the server or rowkit says of a name that is not there, or of a feature that is not whole.
CLEAR = {"42703", "42704", "42P01", "55000", "42809", "42883", "42501"}
connection = psycopg.connect(autocommit=True)
run = lambda sql: connection.execute(sql)
warnings = []
connection.add_notice_handler(lambda notice: warnings.append(notice.message_hint or ""))
run("SET client_min_messages = warning")
run(f"""
    CREATE SCHEMA app;
    SET search_path = app, rowkit;
    CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL);
    CREATE TABLE accounts (id uuid PRIMARY KEY, name text, max_docs bigint DEFAULT 5);
    CREATE TABLE members (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid REFERENCES accounts, user_id uuid, role text, is_active boolean NOT
        NULL DEFAULT true);
    CREATE TABLE docs (id uuid PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, name text, vector tsvector, UNIQUE (account_id, name));
    CREATE TRIGGER vector BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION maintain_search_vector('vector', 'name:A');
    CREATE TABLE parts (id uuid PRIMARY KEY, doc_id uuid REFERENCES docs ON DELETE CASCADE, other_id uuid REFERENCES docs ON DELETE SET NULL);
    SELECT count(*) FROM register_membership('members', tenant_column => 'account_id', role_column => 'role', active_column => 'is_active', roles =>
        '{{viewer,member,owner}}');
    SELECT count(*) FROM enable_api_tokens('app');
    SELECT count(*) FROM enable_invitations('app');
    SELECT count(*) FROM enable_credits('accounts');
    SELECT count(*) FROM enable_login_lockout('users');
    SELECT count(*) FROM create_audit_log('app', tenant_column => 'account_id');
    SELECT count(*) FROM enable_soft_delete('docs', hide_deleted => true);
    SELECT count(*) FROM enable_soft_delete('parts');
    SELECT count(*) FROM enable_soft_delete('members');
    SELECT count(*) FROM enable_audit('docs');
    SELECT count(*) FROM enable_usage_counter('docs', 'accounts', 'doc_count', limit_column => 'max_docs', mode => 'sharded', slots => 2);
    INSERT INTO users VALUES ('{ANN}', 'ann@acme.example'), ('{BOB}', 'bob@acme.example'), ('{EVE}', 'eve@acme.example'), ('{ZOE}', 'zoe@acme.example');
    INSERT INTO accounts VALUES ('{ONE}', 'One'), ('{TWO}', 'Two');
    INSERT INTO members (account_id, user_id, role) VALUES ('{ONE}', '{ANN}', 'owner'), ('{TWO}', '{BOB}', 'owner'), ('{ONE}', '{BOB}', 'member'), ('{ONE}',
        '{EVE}', 'member');
    INSERT INTO docs (id, account_id, name) SELECT ('00000000-0000-4000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, '{ONE}', 'doc ' || n FROM
        generate_series(1, 3) AS n;
    INSERT INTO parts SELECT ('00000000-0000-4000-8000-0000000002' || lpad(n::text, 2, '0'))::uuid, ('00000000-0000-4000-8000-0000000001' || lpad(n::text, 2,
        '0'))::uuid,
        '00000000-0000-4000-8000-000000000101' FROM generate_series(1, 3) AS n;
    SELECT soft_delete('docs', '00000000-0000-4000-8000-000000000101'::uuid);
    SELECT count(*) > 0 FROM set_deleted_retention('docs', 3);
    SELECT grant_credits('{ONE}'::uuid, 100, idempotency_key => 'first');
    SELECT reserve_credits('{ONE}'::uuid, 5, 'later', idempotency_key => 'held');
""")
token = run(f"SELECT token FROM create_api_token('{ONE}', 'ci', '{{read:tables}}', user_id => '{ANN}', membership => 'members')").fetchone()[0]
# Whose membership has ended by a soft delete, and otherwise.
ended = [
    run(f"SELECT token FROM create_api_token('{ONE}', 'ended', '{{read:tables}}', user_id => '{who}', membership => 'members')").fetchone()[0]
    for who in (BOB, EVE)
]
run(f"UPDATE members SET is_active = false WHERE user_id = '{EVE}'")
run(f"SELECT soft_delete('members', id) FROM members WHERE account_id = '{ONE}' AND user_id = '{BOB}'")
inviting = run(f"SELECT token FROM create_invitation('{ONE}', 'zoe@acme.example', 'member', invited_by => '{ANN}')").fetchone()[0]
[[reservation]] = run("SELECT id FROM credit_operations WHERE idempotency_key = 'held'").fetchall()
[[transaction]] = run("SELECT transaction FROM audit_logs WHERE action = 'INSERT' AND table_name = 'docs' LIMIT 1").fetchall()
DOC, DELETED = "00000000-0000-4000-8000-000000000102", "00000000-0000-4000-8000-000000000101"
# {table} is the table under the name of today, as an argument.
ASKED = {
    "tokens": [
        *(f"SELECT is_valid, error FROM validate_api_token('{other}', api_tokens => {{api_tokens}}, membership => {{members}})" for other in ended),
        f"SELECT account_id, user_id, scopes, is_valid, error FROM validate_api_token('{token}', api_tokens => {{api_tokens}}, membership => {{members}})",
        f"SELECT is_valid, error FROM validate_api_token('rk_no_such', api_tokens => {{api_tokens}}, membership => {{members}})",
        f"SELECT token LIKE 'rk_%' FROM create_api_token('{ONE}', 'x', '{{read:*}}', user_id => '{ANN}', api_tokens => {{api_tokens}}, membership => {{members}})",
        f"SELECT revoke_api_token(token_id, {{api_tokens}}) FROM validate_api_token('{token}', api_tokens => {{api_tokens}}, membership => {{members}})",
        "SELECT count(*) FROM inactive_api_tokens(0, true, {api_tokens}, {users})",
        f"SELECT token LIKE 'rk_%' FROM validate_api_token('{token}', api_tokens => {{api_tokens}}, membership => {{members}}) AS v, "
        "LATERAL rotate_api_token(v.token_id, api_tokens => {api_tokens}, membership => {members})",
    ],
    "invitations": [
        f"SELECT account_id, role FROM accept_invitation('{inviting}', '{ZOE}', {{invitations}})",
        f"SELECT token <> '' FROM create_invitation('{ONE}', 'x@acme.example', 'member', invited_by => '{ANN}', invitations => {{invitations}})",
        f"SELECT account_id FROM accept_invitation('none', '{ZOE}', {{invitations}})",
    ],
    "credits": [
        f"SELECT credit_balance('{ONE}'::uuid, {{credit_accounts}})",
        f"SELECT consume_credits('{ONE}'::uuid, 7, 'x', credit_accounts => {{credit_accounts}}) ->> 'balance'",
        f"SELECT consume_credits('{ONE}'::uuid, 700, 'x', credit_accounts => {{credit_accounts}})",
        f"SELECT grant_credits('{ONE}'::uuid, 100, idempotency_key => 'first', credit_accounts => {{credit_accounts}}) ->> 'balance'",
        f"SELECT settle_credits('{reservation}', 5, {{credit_accounts}}) ->> 'balance'",
        f"SELECT release_credits('{reservation}', {{credit_accounts}}) ->> 'balance'",
        f"SELECT grant_credits('{TWO}'::uuid, 9, period => 'day', credit_accounts => {{credit_accounts}}) ->> 'balance'",
        "SELECT expire_credits({credit_accounts})",
    ],
    "sign-in": [
        f"SELECT * FROM count_login_attempt('{who}@acme.example', {outcome}, users => {{users}})"
        for who in ("ann", "no")
        for outcome in ("false", "true", "NULL")
    ],
    "membership": [
        f"SELECT set_config('request.jwt.claims', '{{{{\"sub\": \"{who}\"}}}}', true), current_tenant_ids({{members}}), current_tenant_ids({{members}}, 'owner')"
        for who in (ANN, BOB, EVE)
    ],
    "soft delete": [
        f"SELECT count(*), sum(value::integer) FROM jsonb_each_text(soft_delete_with_counts({{docs}}, '{DOC}'::uuid))",
        f"SELECT restore_deleted({{docs}}, '{DELETED}'::uuid)",
        f"SELECT permanent_delete({{docs}}, '{DELETED}'::uuid)",
        "SELECT record_key, is_on_hold, array_agg(value ORDER BY value) FROM deleted_rows({docs}), jsonb_each_text(record) GROUP BY 1, 2",
        f"SELECT hold_deletion({{docs}}, '{DELETED}'::uuid), cleanup_soft_deleted_records({{docs}}, 0)",
        "SELECT cleanup_soft_deleted_records({docs}, 0)",
        f"SELECT effect, rows FROM preview_delete({{docs}}, '{DOC}'::uuid) ORDER BY 1, 2",
        "SELECT count(*) > 0 FROM set_deleted_retention({docs}, 9)",
        "DELETE FROM {docs!} WHERE true",
        "TRUNCATE {docs!} CASCADE",
    ],
    "usage": [
        f"SELECT resource_type, used, usage_limit FROM account_usage('{ONE}'::uuid, {{accounts}})",
        f"SELECT read_usage_counter('{ONE}'::uuid, 'docs', {{accounts}})",
        'SELECT record_key, stored, counted FROM usage_drift({accounts})',
        f"SELECT check_usage_available('{ONE}'::uuid, 'docs', 4, {{accounts}})",
        f"INSERT INTO {{docs!}} SELECT id, '{ONE}', 'more ' || id FROM unnest('{{{{{ONE},{TWO}}}}}'::uuid[]) AS id",
        f"INSERT INTO {{docs!}} SELECT gen_random_uuid(), '{ONE}', 'n' || n FROM generate_series(1, 9) AS n",
        f"SELECT sync_usage_counters('{ONE}'::uuid, {{accounts}})",
    ],
    "search": [
        "SELECT count(*), min(match_level), max(match_level) FROM search_rows({docs}, 'doc')",
        "SELECT count(*) FROM search_rows({docs}, 'doc 1')",
        "SELECT stale_count FROM search_vector_status({docs})",
    ],
    "audit": [
        f"SELECT action, (SELECT array_agg(value ORDER BY value) FROM jsonb_each_text(new_data)) FROM row_history({{docs}}, '{DOC}'::uuid) WHERE action "
        f"<> 'COLUMNS'",
        f"SELECT array_agg(value ORDER BY value) FROM jsonb_each_text(row_as_of({{docs}}, '{DOC}'::uuid, now()))",
        f"SELECT undo_transaction('{transaction}'::uuid, {{audit_logs}})",
        f"UPDATE {{docs!}} SET deleted_by = '{ANN}' WHERE deleted_by IS NULL",
    ],
}
TABLES = [
    name
    for [name] in run(
        "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname COLLATE \"C\""
    ).fetchall()
]
answers, wrong = Counter(), []


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def ask(sql, schema, names):
    for table in TABLES:
        name = f"{quoted(schema)}.{quoted(names.get(table, table))}"
        sql = sql.replace("{" + table + "!}", name).replace("{" + table + "}", "'" + name.replace("'", "''") + "'::regclass")
    sql = sql.replace("{{", "{").replace("}}", "}")
    run("SAVEPOINT asked")
    warnings.clear()
    try:
        cursor = run(sql)
        answer = cursor.fetchall() if cursor.description else cursor.rowcount
    except psycopg.Error as error:
        answer = error.sqlstate, str(error).split("\n")[0]
    run("ROLLBACK TO asked")
    return answer, sql


def every(rename, schema="app", names=()):
    """Asks everything, with something under another name."""
    run("BEGIN")
    run(rename)
    run(f"SET LOCAL search_path = {quoted(schema)}, rowkit")
    for feature, statements in ASKED.items():
        for statement in statements:
            answer, sql = ask(statement, schema, dict(names))
            before = known[statement]
            if answer == before or isinstance(answer, tuple) and isinstance(before, tuple) and answer[0] == before[0]:
                answers[feature, "same"] += 1
            elif isinstance(answer, tuple) and answer[0] in CLEAR:
                answers[feature, "refused"] += 1
            elif any("rebind_audit_events" in hint for hint in warnings):
                answers[feature, "warned"] += 1
            else:
                wrong.append(f"{rename}: {sql}\n    answers {answer}\n    and not {before}")
    run("ROLLBACK")


run("BEGIN")
known = {statement: ask(statement, "app", {})[0] for statements in ASKED.values() for statement in statements}
run("ROLLBACK")
for statement, answer in known.items():
    if isinstance(answer, tuple) and answer[0] not in ("53400", "42704", "23503", "55000", "28000", "22023"):
        wrong.append(f"without a rename: {statement}: {answer}")
every(f"ALTER SCHEMA app RENAME TO {quoted(TO)}", TO)
for table in TABLES:
    every(f"ALTER TABLE app.{table} RENAME TO {quoted(TO)}", names=[(table, TO)])
    columns = run(f"SELECT attname FROM pg_attribute WHERE attrelid = 'app.{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum").fetchall()
    for [column] in columns:
        every(f"ALTER TABLE app.{table} RENAME COLUMN {column} TO {quoted(TO)}")
    for [constraint] in run(
        f"SELECT conname FROM pg_constraint WHERE conrelid = 'app.{table}'::regclass AND contype <> 'n' AND conparentid = 0 ORDER BY conname COLLATE \"C\""
    ).fetchall():
        every(f"ALTER TABLE app.{table} RENAME CONSTRAINT {quoted(constraint)} TO {quoted(TO)}")
print("renamed_tables:", ", ".join(f"{feature} {what} {count}" for (feature, what), count in sorted(answers.items())))
few = [feature for feature in ASKED if answers[feature, "same"] < 200 or answers[feature, "refused"] < 5]
if wrong or few:
    sys.exit("\n".join(wrong) or f"renamed_tables: too little was done: {few}")
