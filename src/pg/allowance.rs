//! The time that code of other owners may take in a job or a report over the tables of many roles.
//!
//! Whoever reads a table runs code of its owner: triggers, policies, and functions in indexes and constraints, which the server evaluates while it plans. All such tables
//! share one allowance, so that none of them holds up the others for longer.
use super::rights::OwnedTable;
use super::spi::{self, Mode, Parameter};
use super::{clock, deadline, relation, subtransaction};
use crate::pg::error::{Error, Result};
use pgrx::pg_sys;
use std::cell::Cell;
use std::time::Duration;

/// At most so long, and at most half of what the statement has.
const MOST: Duration = Duration::from_secs(10);

/// The time that is left, in microseconds: only what the work takes is spent.
pub struct Allowance {
    left: Cell<i64>,
}

/// Work that spends of an allowance until it ends, also by an error.
struct Spending<'a> {
    left: &'a Cell<i64>,
    began: i64,
}

impl Drop for Spending<'_> {
    fn drop(&mut self) {
        let spent = clock::now().saturating_sub(self.began).max(0);
        self.left.set(self.left.get().saturating_sub(spent));
    }
}

impl Allowance {
    pub fn of(time: Duration) -> Allowance {
        Allowance { left: Cell::new(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)) }
    }

    /// The allowance of the client's statement, however often it is asked for.
    pub fn of_statement() -> Allowance {
        let most = deadline::statement_timeout().map_or(MOST, |limit| (limit / 2).min(MOST));
        let micros = i64::try_from(most.as_micros()).unwrap_or(i64::MAX);
        let end = clock::client_statement().saturating_add(micros);
        Allowance { left: Cell::new(end.saturating_sub(clock::now())) }
    }

    /// Runs `work` for no longer than what is left; 54000 when there is nothing left, or it was not enough. What the work changed is not rolled back then. The first lock on the
    /// table belongs to the work, as its owner may hold one.
    pub fn spend<T>(&self, table: pg_sys::Oid, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let left = u64::try_from(self.left.get()).unwrap_or(0);
        let _spending = Spending { left: &self.left, began: clock::now() };
        let done = if left < 1000 { None } else { deadline::within(Duration::from_micros(left), work)? };
        done.ok_or_else(|| {
            Error::limit_of_work(format!(
                "{} was not read: the tables of other owners took all of the time",
                relation::quoted_name(table)
            ))
            .hint("Code of their owners runs when they are read. Its owner can ask alone.")
        })
    }

    /// The same, but for a table whose owner is trusted: its code takes the time that it takes.
    pub fn spend_unless_trusted<T>(&self, table: pg_sys::Oid, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if is_trusted(table)? { work() } else { self.spend(table, work) }
    }
}

/// Where work on tables of other owners trusts `own` and the roles that could do anything anyway, and gives the code of all others an allowance.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    pub own: pg_sys::Oid,
    pub allowance: &'a Allowance,
}

impl Trust<'_> {
    /// Runs `work` on a table. Where its owner is not trusted an error is no error of the whole: what the work changed is taken back, and the answer is none.
    pub fn run<T>(self, table: OwnedTable, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        if relation::owner(table.relation()) == self.own || is_trusted(table.relation())? {
            return work().map(Some);
        }
        Ok(subtransaction::attempted(|| self.allowance.spend(table.relation(), work)))
    }
}

/// Whether the table's owner is the caller, or a role that could do anything in the database anyway. The table is not locked for it.
pub fn is_trusted(table: pg_sys::Oid) -> Result<bool> {
    let sql = "SELECT rowkit_internal._is_trusted_for_caller($1)";
    let owner = relation::owner(table);
    Ok(spi::query(sql, &[Parameter::Oid(owner)], Mode::Read, |row| row.boolean(1))? == [Some(true)])
}

/// Runs `work` on a table whose owner's rights the caller has, within the allowance of the client's statement where the owner is not trusted.
pub fn shared<T>(table: pg_sys::Oid, work: impl FnOnce(OwnedTable) -> Result<T>) -> Result<T> {
    Allowance::of_statement().spend_unless_trusted(table, || OwnedTable::owned_by_caller(table).and_then(work))
}
