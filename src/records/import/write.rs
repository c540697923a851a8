//! Writes the records of a batch: one statement for the new ones and one for the changed ones.
//!
//! Where a statement fails because of a row, the rows are tried in halves, down to the one whose error it is.
use super::home::Home;
use super::record::{Hash, Stored};
use crate::core::import::problem::ImportProblem;
use crate::core::jsonb::Value;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::jsonb::JsonbResult;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::subtransaction::{self, Failure};
use crate::records::catalog::TableId;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Insert,
    Update,
}

/// One record to be written, as JSON for insert.sql or update.sql.
pub struct Pending {
    /// The place of the row in its batch.
    pub place: usize,
    pub id: TableId,
    pub json: String,
}

pub enum Written {
    Done(Hash),
    Failed(Vec<ImportProblem>),
}

/// Whether an error is one of the rows that were written: data, rules, rights, limits of a plan. Cancels, conflicts between transactions, resources
/// and what rowkit itself did wrong are not.
pub fn is_of_row(sqlstate: &str) -> bool {
    matches!(sqlstate.get(..2), Some("22" | "23" | "44" | "P0" | "PT"))
        || matches!(sqlstate, "42501" | "53400" | "55000" | "428C9" | "21000")
}

/// Whether the next rows would fail alike.
fn is_limit(sqlstate: &str) -> bool {
    // With rowkit.http_errors the HTTP status stands behind PT: 402 and 429 are limits.
    sqlstate == "53400" || sqlstate.strip_prefix("PT").is_some_and(|status| matches!(status, "402" | "429"))
}

pub struct Writer<'h> {
    home: &'h Home,
    table_id: TableId,
    /// The problems of the row that met the limit of a plan.
    limit: Option<Vec<ImportProblem>>,
}

impl<'h> Writer<'h> {
    pub fn new(home: &'h Home, table_id: TableId) -> Writer<'h> {
        Writer { home, table_id, limit: None }
    }

    /// What became of each row, by its place.
    pub fn write(&mut self, statement: Statement, pending: &[Pending]) -> Result<HashMap<usize, Written>> {
        let mut outcome = HashMap::with_capacity(pending.len());
        self.attempt(statement, pending, &mut outcome)?;
        Ok(outcome)
    }

    fn attempt(
        &mut self,
        statement: Statement,
        pending: &[Pending],
        outcome: &mut HashMap<usize, Written>,
    ) -> Result<()> {
        work::descend();
        if pending.is_empty() {
            return Ok(());
        }
        if statement == Statement::Insert
            && let Some(problems) = &self.limit
        {
            outcome.extend(pending.iter().map(|row| (row.place, Written::Failed(problems.clone()))));
            return Ok(());
        }
        let failure = match subtransaction::tried(|_| true, is_of_row, || self.run(statement, pending))? {
            Ok(hashes) => {
                for row in pending {
                    let written = match hashes.get(&row.id) {
                        Some(hash) => Written::Done(*hash),
                        None => Written::Failed(vec![ImportProblem::new(
                            "import.not_written",
                            "the record was not written: a trigger or a policy left it out",
                        )]),
                    };
                    outcome.insert(row.place, written);
                }
                return Ok(());
            }
            Err(failure) => failure,
        };
        let [row] = pending else {
            let (first, second) = pending.split_at(pending.len() / 2);
            self.attempt(statement, first, outcome)?;
            return self.attempt(statement, second, outcome);
        };
        let problems = problems_of(&failure);
        if is_limit(&failure.sqlstate) {
            self.limit = Some(problems.clone());
        }
        outcome.insert(row.place, Written::Failed(problems));
        Ok(())
    }

    fn run(&self, statement: Statement, pending: &[Pending]) -> Result<HashMap<TableId, Hash>> {
        let records = self.home.records_name();
        let sql = match statement {
            Statement::Insert => sql!("import/insert.sql", records = records),
            Statement::Update => sql!("import/update.sql", records = records),
        };
        let mut document = String::from("[");
        for (place, row) in pending.iter().enumerate() {
            if place > 0 {
                work::push(&mut document, ',');
            }
            work::push_str(&mut document, &row.json);
        }
        work::push(&mut document, ']');
        let document = JsonbResult::parse(&document).to_value();
        let parameters = [Parameter::Uuid(self.table_id), Parameter::Value(&document)];
        let written = spi::query(&sql, &parameters, Mode::Write, |row| {
            let stored = Stored::of_row(row)?;
            Some((stored.id, stored.hash()))
        })?;
        Ok(written.into_iter().flatten().collect())
    }
}

/// The problems of a row, from the error that its statement raised.
pub fn problems_of(failure: &Failure) -> Vec<ImportProblem> {
    if let Some(detail) = failure.detail.as_deref().filter(|detail| detail.starts_with("[{") && is_json(detail)) {
        let document = JsonbResult::parse(detail).into_read();
        let problems: Vec<ImportProblem> = document
            .value()
            .as_array()
            .into_iter()
            .flat_map(|array| array.iter())
            .filter_map(|item: Value<'_>| ImportProblem::read(item))
            .collect();
        if !problems.is_empty() {
            return problems;
        }
    }
    vec![ImportProblem::new(&failure.sqlstate, failure.message.clone())]
}

fn is_json(text: &str) -> bool {
    !text.contains("\\u0000") && serde_json::from_str::<serde_json::Value>(text).is_ok()
}
