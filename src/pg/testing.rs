//! For the tests that run inside the server: statements, the rows they return and the errors they raise.
//!
//! A test runs alone: the first statement takes an advisory lock until the transaction ends. `cargo test` runs tests in parallel, and tests that
//! create roles or schemas of the same names would wait for each other, or deadlock.
use pgrx::Spi;
use pgrx::datum::DatumWithOid;
use serde_json::Value;
use std::sync::Once;

pgrx::extension_sql!(
    r#"
CREATE SCHEMA IF NOT EXISTS tests;
GRANT USAGE ON SCHEMA tests TO PUBLIC;

-- The rows of a statement as text: a line for each, with | between the columns. NULL is empty.
CREATE FUNCTION tests.answer(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found record;
    lines text[] := '{}';
BEGIN
    FOR found IN EXECUTE command LOOP
        lines := lines || (SELECT coalesce(string_agg(coalesce(field.value, ''), '|' ORDER BY field.place), '')
            FROM json_each_text(row_to_json(found)) WITH ORDINALITY AS field(key, value, place));
    END LOOP;
    RETURN array_to_string(lines, E'\n');
END
$$;

-- The error of a statement with all its fields, as a client gets them; NULL when there is none. What the statement changed is taken back.
CREATE FUNCTION tests.failure(command text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text; of_schema text; of_table text; of_column text; of_type text; of_constraint text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION WHEN query_canceled OR others THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        of_schema = SCHEMA_NAME, of_table = TABLE_NAME, of_column = COLUMN_NAME, of_type = PG_DATATYPE_NAME, of_constraint = CONSTRAINT_NAME;
    RETURN json_build_object('sqlstate', state, 'message', message, 'detail', detail, 'hint', hint,
        'schema', of_schema, 'table', of_table, 'column', of_column, 'type', of_type, 'constraint', of_constraint);
END
$$;
"#,
    name = "testing",
);

/// Takes the lock of [`alone`] once a test: each has a connection of its own, and so a process.
static ALONE: Once = Once::new();

fn alone() {
    ALONE.call_once(|| {
        call_text("SELECT pg_catalog.pg_advisory_xact_lock(17)::pg_catalog.text FROM (SELECT $1) AS lock", "");
    });
}

/// What a function of one text returns as text. No transaction id is assigned.
fn call_text(call: &str, argument: &str) -> Option<String> {
    Spi::connect(|client| {
        let rows = client.select(call, Some(1), &[DatumWithOid::from(argument)]).expect("the call runs");
        rows.first().get_one::<String>().expect("the call returns text")
    })
}

/// Runs statements; an error ends the test.
pub fn run(statements: &str) {
    alone();
    Spi::run(statements).expect("the statements run");
}

/// The rows of a statement: a line for each, with | between the columns. NULL is empty, a boolean is true or false.
pub fn answer(statement: &str) -> String {
    alone();
    call_text("SELECT tests.answer($1)", statement).unwrap_or_default()
}

/// An error as a client gets it.
#[derive(Debug)]
pub struct Refusal(Value);

impl Refusal {
    fn field(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    pub fn sqlstate(&self) -> &str {
        self.field("sqlstate")
    }

    pub fn message(&self) -> &str {
        self.field("message")
    }

    pub fn detail(&self) -> &str {
        self.field("detail")
    }

    /// DETAIL, where it is JSON.
    pub fn detail_json(&self) -> Value {
        serde_json::from_str(self.detail()).expect("DETAIL is JSON")
    }

    pub fn hint(&self) -> &str {
        self.field("hint")
    }

    /// The names of schema, table, column, data type and constraint.
    pub fn names(&self) -> [&str; 5] {
        ["schema", "table", "column", "type", "constraint"].map(|name| self.field(name))
    }
}

/// The error of a statement that must fail. What it changed is taken back.
#[track_caller]
pub fn refused(statement: &str) -> Refusal {
    alone();
    let failure = call_text("SELECT tests.failure($1)::pg_catalog.text", statement);
    Refusal(
        serde_json::from_str(&failure.unwrap_or_else(|| panic!("no error: {statement}"))).expect("an error is JSON"),
    )
}

/// The SQLSTATE and the message of a statement that must fail, as `23514: a message`.
#[track_caller]
pub fn error(statement: &str) -> String {
    let refusal = refused(statement);
    format!("{}: {}", refusal.sqlstate(), refusal.message())
}

/// Makes the schema `app` and puts it first on the search_path, before `rowkit`.
pub fn begin() {
    run("CREATE SCHEMA app; SET LOCAL search_path = app, rowkit");
}

/// Whose request it is, for the rest of the test.
pub fn claim(user: &str) {
    run(&format!("SET LOCAL request.jwt.claims = '{{\"sub\": \"{user}\"}}'"));
}

/// Makes the schema `app` with the blueprint custom_tables, an organization and a table `T` of these columns, each as a row of table_columns
/// (name, type, required, is_unique, options).
pub fn begin_custom_tables(columns: &str) {
    begin();
    run("SELECT pg_catalog.count(*) FROM rowkit.install_blueprint('custom_tables', 'app')");
    run(&format!(
        "INSERT INTO organizations (id, name) VALUES ('{ORGANIZATION}', 'Acme');
        INSERT INTO tables (id, organization_id, name) VALUES ('{TABLE}', '{ORGANIZATION}', 'T')"
    ));
    if !columns.is_empty() {
        run(&format!(
            "INSERT INTO table_columns (table_id, name, type, required, is_unique, options, position)
            SELECT '{TABLE}', given.name, given.type, given.required, given.is_unique, given.options::jsonb, row_number() OVER ()
            FROM (VALUES {columns}) AS given(name, type, required, is_unique, options)"
        ));
    }
}

pub const ORGANIZATION: &str = "00000000-0000-4000-8000-0000000000a1";
pub const TABLE: &str = "00000000-0000-4000-8000-0000000000b1";

/// Whether the server is this version or newer.
pub fn is_at_least(major: u32) -> bool {
    pgrx::pg_sys::PG_VERSION_NUM / 10_000 >= major
}
