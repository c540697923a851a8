//! Taking back what a transaction changed: with the caller's rights, all of it or nothing.
mod attempt;
mod events;
mod rows;

use self::attempt::{Progress, Undo};
use self::rows::Table;
use super::event;
use crate::core::audit::definition::LOG;
use crate::core::audit::transaction;
use crate::core::fields::identifier::uuid_text;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::clock;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The largest number of rows that an error lists.
const ROWS_TOLD: usize = 100;

#[pg_extern(sql = false)]
fn undo_transaction(transaction: Option<Uuid>, number: Option<i64>, log: Option<Regclass>) -> Result<i64, ErrorReport> {
    let log = log.map(|log| log.0).or_else(|| relation::on_path(LOG)).ok_or_else(|| {
        Error::undefined_object(format!("there is no table {LOG} on the search_path"))
            .hint(format!("Name it: audit_logs => 'app.{LOG}'."))
    })?;
    let transaction = match (transaction, number) {
        (Some(transaction), _) => *transaction.as_bytes(),
        (None, Some(number)) => of_number(number, log)?,
        (None, None) => return Err(Error::required("transaction").into()),
    };
    Ok(undo(transaction, log)?)
}

fn missing(transaction: &str, log: Oid) -> Error {
    Error::undefined_object(format!("transaction {transaction} is not in {}", relation::quoted_name(log)))
        .hint("The log names it in transaction, and by this cluster's number in transaction_id.")
}

/// The transaction that this cluster gave a number, where the log has no other one of that number: each cluster counts anew, and a log that was
/// restored has those of several.
fn of_number(number: i64, log: Oid) -> Result<[u8; 16]> {
    let name = relation::quoted_name(log);
    let sql = sql!("audit/transactions.sql", log = name);
    let read = || spi::query(&sql, &[Parameter::Bigint(number)], Mode::Read, |row| row.uuid(1));
    let found = rights::as_caller(log, read)?;
    let (cluster, unsigned) = (clock::cluster(), u64::try_from(number).unwrap_or(0));
    match &found[..] {
        [] => Err(missing(&number.to_string(), log)),
        [Some(only)] if transaction::is_own(only, cluster, unsigned) => Ok(*only),
        _ => {
            let known: Vec<String> = found.iter().flatten().map(uuid_text).collect();
            Err(Error::conflict(format!(
                "{number} does not tell which transaction of {name} is meant: the log has events of another cluster with this number"
            ))
            .detail(json!(known).to_string())
            .hint(
                "Name the transaction by its uuid: undo_transaction(transaction => …). The log has it in transaction.",
            ))
        }
    }
}

fn undo(transaction: [u8; 16], log: Oid) -> Result<i64> {
    if event::identity() == transaction {
        return Err(Error::conflict("a transaction cannot take back itself")
            .hint("ROLLBACK does, and ROLLBACK TO a savepoint."));
    }
    let events = events::read(transaction, log)?;
    for event in &events {
        work::step();
        event.refuse()?;
    }
    let groups = events::groups(events);
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for event in groups.iter().flatten() {
        work::step();
        let table = match tables.entry(event.table.clone()) {
            Entry::Vacant(unknown) => unknown.insert(Table::find(log, &event.table)?),
            Entry::Occupied(known) => known.into_mut(),
        };
        table.refuse(event)?;
    }
    let mut undo = Undo::new(tables, &groups);
    undo.run()?;
    let Progress { changed, conflicts, .. } = undo.known;
    if conflicts.is_empty() {
        return Ok(changed);
    }
    let rows: Vec<serde_json::Value> =
        conflicts.iter().take(ROWS_TOLD).map(|(table, id)| json!({"table_name": table, "record_id": id})).collect();
    Err(Error::conflict(format!(
        "the transaction cannot be taken back: {} of its rows changed since, or are not yours to change",
        conflicts.len()
    ))
    .detail(serde_json::Value::from(rows).to_string())
    .hint("row_history() tells who changed them; take newer transactions back first."))
}
