//! Writes the records of a batch: one statement for the new ones and one for the changed ones.
//!
//! Where a statement fails because of a row, the rows are tried in halves, down to the one whose error it is.
use super::audited::AuditedBatch;
use super::home::Home;
use super::job::Job;
use super::record::{Hash, Stored, columns};
use crate::core::import::problem::ImportProblem;
use crate::core::jsonb::Value;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::jsonb::JsonbResult;
use crate::pg::operation::OperationGuard;
use crate::pg::spi::{self, Parameter};
use crate::pg::subtransaction::{self, Failure};
use crate::records::catalog::TableId;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Insert,
    Update,
}

/// One record to be written.
pub struct Pending {
    /// The place of the row in its batch.
    pub place: usize,
    pub record: Stored,
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
    /// The import whose writes are audited by batch.
    by_batch: Option<TableId>,
    /// The problems of the row that met the limit of a plan.
    limit: Option<Vec<ImportProblem>>,
}

impl<'h> Writer<'h> {
    pub fn new(home: &'h Home, table_id: TableId) -> Writer<'h> {
        Writer { home, table_id, by_batch: None, limit: None }
    }

    /// The writer of an import, as its options say.
    pub fn of_job(job: &Job<'h>) -> Writer<'h> {
        let by_batch = job.options.is_audited_by_batch.then_some(job.import.id);
        Writer { by_batch, ..Writer::new(job.home, job.import.table_id) }
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
                    let written = match hashes.get(&row.record.id) {
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
        let given = columns(pending.iter().map(|row| &row.record));
        let [ids, name, email, company, status, data] = given.each_ref().map(Parameter::Value);
        let parameters = [Parameter::Uuid(self.table_id), ids, name, email, company, status, data];
        // Until the statement and its triggers have ended.
        let _audited = self.by_batch.map(|import_id| {
            let ids = pending.iter().map(|row| row.record.id);
            OperationGuard::begin(AuditedBatch::new(import_id, self.home.records, ids))
        });
        // A plan that was made when the table was small would read all of it for each batch.
        let (_, written) = spi::once(&sql, &parameters, |row| {
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
