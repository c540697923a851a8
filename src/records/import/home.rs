//! The tables of imports beside the relation of schemas, and what reading a file may take.
use super::guard::Writing;
use crate::core::import::budget::Budget;
use crate::core::import::options::{ImportOptions, Reading};
use crate::core::import::source::{Problem, ProblemClass};
use crate::pg::error::{Error, Result};
use crate::pg::guc;
use crate::pg::operation::OperationGuard;
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::records::catalog;
use pgrx::pg_sys::Oid;

#[derive(Clone, Copy)]
pub struct Home {
    pub tables: Oid,
    pub records: Oid,
    imports: Oid,
    chunks: Oid,
    rows: Oid,
    batches: Oid,
}

impl Home {
    pub fn find(tables: Option<Regclass>) -> Result<Home> {
        let tables = catalog::tables_relation(tables)?;
        let beside = |name: &str| {
            rights::required_beside(tables, name, "Imports are for the tables of the blueprint custom_tables.")
        };
        Ok(Home {
            tables,
            records: beside("records")?,
            imports: beside("imports")?,
            chunks: beside("import_chunks")?,
            rows: beside("import_rows")?,
            batches: beside("import_batches")?,
        })
    }

    /// Runs `work`, which may change rows of all these tables, with the caller's rights.
    pub fn as_caller<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.as_caller_of(&[self.records, self.imports, self.chunks, self.rows, self.batches], work)
    }

    /// The same for `work` that may make tables, columns, choices and statuses, too.
    pub fn as_editor<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (columns, statuses) = (self.columns()?, self.statuses()?);
        let edited = [self.tables, columns, statuses];
        let all = [self.records, self.imports, self.chunks, self.rows, self.batches];
        self.as_caller_of(&[edited.as_slice(), &all].concat(), work)
    }

    /// Runs an import with these options.
    pub fn importing<T>(&self, options: &ImportOptions, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if options.edits_table() { self.as_editor(work) } else { self.as_caller(work) }
    }

    fn as_caller_of<T>(&self, all: &[Oid], work: impl FnOnce() -> Result<T>) -> Result<T> {
        rights::as_caller_of_all(all, || self.writing(work))?.ok_or_else(|| {
            Error::insufficient_privilege("records and imports belong to several owners")
                .hint("ALTER TABLE … OWNER TO one owner for both.")
        })
    }

    /// The relation of columns.
    pub fn columns(&self) -> Result<Oid> {
        rights::required_beside(
            self.tables,
            "table_columns",
            "Columns are in the table table_columns beside the relation of schemas.",
        )
    }

    /// The relation of statuses.
    pub fn statuses(&self) -> Result<Oid> {
        rights::required_beside(
            self.tables,
            "table_statuses",
            "Statuses are in the table table_statuses beside the relation of schemas.",
        )
    }

    /// Runs `work`, whose own statements [`super::guard`] lets write the tables of imports. In a subtransaction it is called anew.
    pub fn writing<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _writing = OperationGuard::begin(Writing([self.imports, self.chunks, self.rows, self.batches]));
        work()
    }

    /// Runs `work`, which reads imports, with the rights of their owner, for a caller who may SELECT from them. Row security does not apply: the caller of
    /// this function checks what is told of them.
    pub fn reading_as_owner<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        OwnedTable::granted(self.imports, Privilege::SelectAll)?.read(work)
    }

    /// Runs `work`, which looks for records among the batches of an import that the caller runs, with the rights of their owner: under row security the
    /// server uses no index on arrays.
    pub fn reading_batches_as_owner<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        OwnedTable::granted(self.batches, Privilege::SelectAll)?.read(work)
    }

    /// The rows of imports, for a caller who may change them.
    pub fn rows_as_owner(&self) -> Result<OwnedTable> {
        OwnedTable::granted(self.rows, Privilege::Update("former"))
    }

    /// Runs `work`, which changes nothing, with the caller's rights.
    pub fn reading_as_caller<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        rights::reading_as_caller(self.imports, work)
    }

    /// Whether the caller was granted to read imports at all.
    pub fn may_read_imports(&self) -> bool {
        OwnedTable::granted(self.imports, Privilege::Select).is_ok()
    }

    pub fn is_held(&self) -> bool {
        rights::has_row_security(self.imports)
    }

    pub fn imports(&self) -> String {
        relation::quoted_name(self.imports)
    }

    pub fn chunks(&self) -> String {
        relation::quoted_name(self.chunks)
    }

    pub fn rows(&self) -> String {
        relation::quoted_name(self.rows)
    }

    pub fn batches(&self) -> String {
        relation::quoted_name(self.batches)
    }

    pub fn records_name(&self) -> String {
        relation::quoted_name(self.records)
    }
}

/// What reading a file may take, by the settings.
pub fn budget() -> Budget {
    let limits = guc::import_limits();
    Budget {
        file_bytes: limits.file_bytes,
        expanded_bytes: limits.expanded_bytes,
        cells: limits.cells,
        rows: limits.rows,
        columns: limits.columns,
        ..Budget::default()
    }
}

/// The same for one file, by the option limits, too.
pub fn budget_of(reading: &Reading) -> Budget {
    budget().within(&reading.limits)
}

/// The error of a file that cannot be read, or of an option.
pub fn refused(problem: Problem) -> Error {
    let message = as_error(&problem.message);
    let error = match problem.class {
        ProblemClass::Limit => Error::limit_reached(message),
        ProblemClass::Unsupported => Error::not_supported(message),
        ProblemClass::Encoding => Error::unreadable_text(message),
        ProblemClass::Malformed => Error::invalid_parameter(message),
    };
    let error = error.detail(crate::core::jsonb::JsonObjectWriter::new().text("code", problem.code).object());
    match problem.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// A sentence as the message of an error.
fn as_error(sentence: &str) -> String {
    let mut rest = sentence.trim_end_matches('.').chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}
