//! The commands of `prove_isolation`: rows made for the proof, and attempts as an end user, each of which is rolled back.
//!
//! No code of the table's own, such as a trigger, gets the rights of whoever asks for the proof. What prepares an attempt and looks at it runs as the
//! table's owner, and the attempt itself as the role of an end user (see [`OwnedTable::owned_by_caller`] and [`ActingRole`]).
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, ActingRole, OwnedTable};
use crate::pg::spi::{self, Mode, Parameter, Value};
use crate::pg::subtransaction;
use crate::rows::lifecycle;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Array, name, pg_extern};
use std::ffi::CString;

fn require_bypass() -> Result<()> {
    if rights::bypasses_row_security() {
        return Ok(());
    }
    Err(Error::insufficient_privilege("the proof needs a role that passes row security")
        .hint("Run it as a superuser: it makes canaries, and takes them back."))
}

fn texts(name: &str, given: Option<Array<'_, &str>>) -> Result<Vec<String>> {
    let given = given.ok_or_else(|| Error::required(name))?;
    given.iter().map(|text| text.map(str::to_owned).ok_or_else(|| Error::required(name))).collect()
}

fn document(name: &str, given: Option<Jsonb<'_>>) -> Result<Value> {
    let given = given.ok_or_else(|| Error::required(name))?;
    Ok(Value::jsonb(Some(given.bytes())))
}

/// The command that a query composes; none where the query answers NULL.
fn composed(query: &str, parameters: &[Parameter<'_>]) -> Result<Option<String>> {
    let found = spi::query(query, parameters, Mode::Read, |row| row.text(1))?;
    Ok(found.into_iter().flatten().next())
}

/// Runs a command on a table and returns the row that it answers.
fn row_of(table: Oid, command: &str, given: &Value) -> Result<Option<JsonbResult>> {
    let (_, rows) = OwnedTable::owned_by_caller(table)?
        .write(|| spi::once(command, &[Parameter::Value(given)], |row| row.text(1)))?;
    Ok(rows.into_iter().flatten().next().map(|text| JsonbResult::parse(&text)))
}

#[pg_extern(sql = false)]
fn canary_row(relation: Option<Regclass>, given: Option<Jsonb<'_>>) -> Result<JsonbResult, ErrorReport> {
    require_bypass()?;
    let Regclass(table) = relation.ok_or_else(|| Error::required("relation"))?;
    let given = document("given", given)?;
    let query = include_str!("../../../sql/queries/tenancy/canary_insert.sql");
    let command = composed(query, &[Parameter::Oid(table), Parameter::Value(&given)])?
        .ok_or_else(|| Error::undefined_object("there is no such table"))?;
    let made = row_of(table, &command, &given)?;
    Ok(made.ok_or_else(|| {
        Error::prerequisite_state(format!("no canary fits into {}: nothing was inserted", relation::quoted_name(table)))
            .hint("A trigger of the table drops the row.")
    })?)
}

#[pg_extern(sql = false)]
fn canary_parent(
    relation: Option<Regclass>,
    key: Option<Array<'_, &str>>,
    given: Option<Jsonb<'_>>,
) -> Result<Option<JsonbResult>, ErrorReport> {
    require_bypass()?;
    let Regclass(table) = relation.ok_or_else(|| Error::required("relation"))?;
    let (key, given) = (texts("key", key)?, document("given", given)?);
    let query = include_str!("../../../sql/queries/tenancy/canary_parent.sql");
    let command = composed(query, &[Parameter::Oid(table), Parameter::Texts(&key), Parameter::Value(&given)])?;
    // Without the whole key there is nothing to look for.
    let Some(command) = command else { return Ok(None) };
    Ok(row_of(table, &command, &given)?)
}

/// One attempt: a command of an end user's, and what goes before and after it.
struct Attempt {
    place: i32,
    operation: String,
    target: String,
    command: String,
    arguments: Value,
    /// Makes room for what the command writes.
    prepare: Option<String>,
    /// Finds what the command should have written.
    witness: Option<String>,
    /// The same command on the rows that the user sees.
    seeing: Option<String>,
}

/// Who tries what on which table.
struct Trial {
    table: OwnedTable,
    role: ActingRole,
    claims: CString,
}

impl Trial {
    /// What comes of a command, which is rolled back: the rows that it saw or wrote, or its SQLSTATE.
    fn outcome(&self, command: &str, attempt: &Attempt, prepare: Option<&str>, witness: Option<&str>) -> String {
        let arguments = [Parameter::Value(&attempt.arguments)];
        let run = |command: &str| spi::once(command, &arguments, |_| ()).map(|(count, _)| count);
        let tried = subtransaction::rolled_back(|| {
            if let Some(prepare) = prepare {
                // Whatever guards the row, such as a ledger that only grows, where that can be.
                self.table.remove_without_triggers(|| run(prepare))?;
            }
            // A DELETE may delete softly, which the server counts as nothing.
            let before = lifecycle::turned_rows();
            let count = self.role.run(&self.claims, || run(command))?;
            let count = count + (lifecycle::turned_rows() - before);
            match witness {
                // What was written need not be what was asked for: a trigger may sign a row with who asks.
                Some(witness) if count > 0 => self.table.write(|| run(witness)),
                _ => Ok(count),
            }
        });
        match tried {
            Ok(1) => "1 row".to_owned(),
            Ok(count) => format!("{count} rows"),
            // A trigger's own command was refused: that is no refusal of the user's.
            Err(failure) if rights::is_confinement(&failure.message) => format!("{} in a trigger", failure.sqlstate),
            Err(failure) => failure.sqlstate,
        }
    }
}

#[pg_extern(sql = false)]
#[allow(clippy::too_many_arguments, clippy::type_complexity, reason = "the arguments and columns of the SQL function")]
fn attempts(
    relation: Option<Regclass>,
    tie: Option<Array<'_, &str>>,
    own: Option<Jsonb<'_>>,
    foreign_row: Option<Jsonb<'_>>,
    person: Option<&str>,
    actor: Option<&str>,
    claims: Option<&str>,
    is_shared: Option<bool>,
    is_derived: Option<bool>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(place, i32),
            name!(operation, String),
            name!(target, String),
            name!(outcome, String),
            name!(seen, Option<String>),
        ),
    >,
    ErrorReport,
> {
    require_bypass()?;
    let Regclass(table) = relation.ok_or_else(|| Error::required("relation"))?;
    let (tie, own, foreign_row) = (texts("tie", tie)?, document("own", own)?, document("foreign_row", foreign_row)?);
    let person = person.ok_or_else(|| Error::required("person"))?;
    let owned = OwnedTable::owned_by_caller(table)?;
    let role = ActingRole::of_caller(actor.ok_or_else(|| Error::required("actor"))?, owned)?;
    let claims = CString::new(claims.unwrap_or_default())
        .map_err(|_| Error::invalid_parameter("claims must not contain NUL"))?;
    // An error of the switch itself is no outcome of an attempt.
    role.run(&claims, || Ok(()))?;
    // What the caller did and deferred is the caller's to check now: an attempt defers nothing.
    spi::execute("SET CONSTRAINTS ALL IMMEDIATE", &[], Mode::Write)?;
    let (is_shared, is_derived) =
        (Value::boolean(Some(is_shared == Some(true))), Value::boolean(Some(is_derived == Some(true))));
    let found = spi::query(
        include_str!("../../../sql/queries/tenancy/attempts.sql"),
        &[
            Parameter::Oid(table),
            Parameter::Texts(&tie),
            Parameter::Value(&own),
            Parameter::Value(&foreign_row),
            Parameter::Text(person),
            Parameter::Value(&is_shared),
            Parameter::Value(&is_derived),
        ],
        Mode::Read,
        |row| {
            Some(Attempt {
                place: i32::try_from(row.bigint(1)?).ok()?,
                operation: row.text(2)?,
                target: row.text(3)?,
                command: row.text(4)?,
                arguments: row.value(5),
                prepare: row.text(6),
                witness: row.text(7),
                seeing: row.text(8),
            })
        },
    )?;
    let trial = Trial { table: owned, role, claims };
    let mut outcomes = Vec::with_capacity(found.len());
    for attempt in found {
        work::step();
        // What is left out would look as if nothing was wrong.
        let attempt = attempt.ok_or_else(|| Error::internal("an attempt of the proof has no name or no command"))?;
        let prepare = attempt.prepare.as_deref();
        let outcome = trial.outcome(&attempt.command, &attempt, prepare, attempt.witness.as_deref());
        let seen = attempt.seeing.as_deref().map(|command| trial.outcome(command, &attempt, None, None));
        outcomes.push((attempt.place, attempt.operation, attempt.target, outcome, seen));
    }
    Ok(TableIterator::new(outcomes))
}
