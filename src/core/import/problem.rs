//! Problems of imported rows, as `import_errors` lists them and as they are stored.
use super::cell::RowProblem;
use crate::core::fields::bounded;
use crate::core::jsonb::{JsonObjectWriter, Value, to_text};
use crate::core::validate::problem::Problem;

/// One problem of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportProblem {
    /// The cell, counted from 0; none where the row as a whole is meant.
    pub cell: Option<usize>,
    /// The column of the table.
    pub column: Option<String>,
    pub code: String,
    /// A JSON object.
    pub params: String,
    pub message: String,
}

impl ImportProblem {
    pub fn new(code: &str, message: impl Into<String>) -> ImportProblem {
        ImportProblem {
            cell: None,
            column: None,
            code: code.to_owned(),
            params: "{}".to_owned(),
            message: bounded(message.into()),
        }
    }

    pub fn at(mut self, cell: Option<usize>, column: &str) -> ImportProblem {
        self.cell = cell;
        self.column = Some(column.to_owned());
        self
    }

    pub fn with(mut self, params: JsonObjectWriter) -> ImportProblem {
        self.params = params.object();
        self
    }

    /// A problem that the reader of the file told.
    pub fn of_row(found: &RowProblem) -> ImportProblem {
        ImportProblem {
            cell: found.column,
            column: None,
            code: found.problem.code.to_owned(),
            params: found.problem.params.object(),
            message: found.problem.message.clone(),
        }
    }

    /// A problem of the record that a row would be.
    pub fn of_record(problem: &Problem, cell: Option<usize>) -> ImportProblem {
        ImportProblem {
            cell,
            column: Some(problem.column.clone()),
            code: problem.fault.code.to_owned(),
            params: problem.fault.params.object(),
            message: problem.message(),
        }
    }

    /// PostgreSQL's JSON holds no NUL: its symbol stands for it.
    pub fn to_json(&self) -> String {
        let cell = self.cell.map_or_else(|| "null".to_owned(), |cell| cell.to_string());
        let writer = JsonObjectWriter::new().json("cell", cell);
        let writer = match &self.column {
            Some(column) => writer.text("column", column),
            None => writer.json("column", "null"),
        };
        writer
            .text("code", &self.code)
            .json("params", &self.params)
            .text("message", &self.message)
            .object()
            .replace("\\u0000", "\\u2400")
    }

    /// Reads what [`ImportProblem::to_json`] wrote, or an element of the DETAIL of one of rowkit's errors.
    pub fn read(value: Value<'_>) -> Option<ImportProblem> {
        let object = value.as_object()?;
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let cell = object.get("cell").and_then(Value::as_number).and_then(|number| number.to_string().parse().ok());
        Some(ImportProblem {
            cell,
            column: text("column"),
            code: text("code")?,
            params: object.get("params").map_or_else(|| "{}".to_owned(), to_text),
            message: text("message").unwrap_or_default(),
        })
    }
}

/// The JSON array of several problems.
pub fn to_json(problems: &[ImportProblem]) -> String {
    let problems: Vec<String> = problems.iter().map(ImportProblem::to_json).collect();
    format!("[{}]", problems.join(","))
}
