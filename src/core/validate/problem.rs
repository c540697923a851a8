//! A record's problems, as callers see them: the JSON of DETAIL and of `validate_record`.
use crate::core::fields::Fault;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::schema::Column;

/// One problem of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON Pointer into the record.
    pub path: String,
    pub column: String,
    pub column_id: Option<String>,
    pub label: String,
    pub fault: Fault,
}

impl Problem {
    pub fn of_column(column: &Column, fault: Fault) -> Problem {
        let root = if column.common.is_some() { "" } else { "/data" };
        Problem {
            path: format!("{root}/{}{}", column.name, fault.at),
            column: column.name.clone(),
            column_id: column.id.clone(),
            label: column.label.clone(),
            fault,
        }
    }

    /// A problem of a key or a field that no column stands for.
    pub fn of_name(path: String, name: &str, fault: Fault) -> Problem {
        Problem { path, column: name.to_owned(), column_id: None, label: name.to_owned(), fault }
    }

    /// A sentence without its full stop.
    pub fn message(&self) -> String {
        format!("{} {}", self.label, self.fault.message)
    }

    fn to_json(&self) -> String {
        let id = match &self.column_id {
            Some(id) => JsonObjectWriter::new().text("column_id", id),
            None => JsonObjectWriter::new().json("column_id", "null"),
        };
        let params = self.fault.params.object();
        JsonObjectWriter::new()
            .text("path", &self.path)
            .text("column", &self.column)
            .join(id)
            .text("label", &self.label)
            .text("code", self.fault.code)
            .json("params", params)
            .text("message", &self.message())
            .object()
    }
}

/// The JSON array of the error contract.
pub fn to_json(problems: &[Problem]) -> String {
    let problems: Vec<String> = problems.iter().map(Problem::to_json).collect();
    format!("[{}]", problems.join(","))
}

/// One human sentence that names the first problems.
pub fn summary(problems: &[Problem]) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = problems.iter().take(NAMED).map(Problem::message).collect();
    let mut sentence = named.join("; ");
    if problems.len() > NAMED {
        sentence.push_str(&format!("; and {} more", problems.len() - NAMED));
    }
    sentence
}
