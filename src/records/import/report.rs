//! What plan_import tells beside the counts: the first problems and changes, and how often each problem comes.
use super::row::{End, Row};
use super::waiting::LinkedRow;
use crate::core::fields::identifier::uuid_text;
use crate::core::fields::shown;
use crate::core::import::problem::ImportProblem;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::work;
use crate::records::catalog::TableId;
use std::collections::BTreeMap;

/// So many problems, changes and values are shown.
const SHOWN: usize = 20;

#[derive(Default)]
pub struct Report {
    problems: Vec<String>,
    changes: Vec<String>,
    /// By column and code: how many, and the values of the first.
    groups: BTreeMap<(String, String), (u64, Vec<String>)>,
}

impl Report {
    pub fn add(&mut self, row: &Row) {
        let number = row.stored.row.number;
        for problem in &row.problems {
            work::step();
            let cell = problem.cell.and_then(|cell| row.stored.row.cells.get(cell)).and_then(|cell| cell.text());
            self.add_problem(number, problem, cell);
        }
        if let Some(End::Updated { id, former, written, .. }) = &row.end {
            self.add_change(number, id, (former, written));
        }
    }

    pub fn add_linked(&mut self, row: &LinkedRow) {
        for problem in &row.problems {
            work::step();
            let is_of = |(column, _): &&(String, String)| problem.column.as_ref() == Some(column);
            self.add_problem(row.number, problem, row.texts.iter().find(is_of).map(|(_, text)| text.as_str()));
        }
        if let Some((former, written)) = &row.change {
            self.add_change(row.number, &row.id, (former, written));
        }
    }

    fn add_problem(&mut self, row_number: u64, problem: &ImportProblem, cell: Option<&str>) {
        work::step();
        if self.problems.len() < SHOWN {
            self.problems.push(JsonObjectWriter::new().json("row_number", row_number).join(members(problem)).object());
        }
        let group = (problem.column.clone().unwrap_or_default(), problem.code.clone());
        let (count, values) = self.groups.entry(group).or_default();
        *count += 1;
        if let Some(text) = cell.map(|text| shown(text).replace('\0', "\u{2400}"))
            && values.len() < SHOWN
            && !values.contains(&text)
        {
            values.push(text);
        }
    }

    fn add_change(&mut self, row_number: u64, id: &TableId, (former, written): (&str, &str)) {
        if self.changes.len() < SHOWN {
            let change = JsonObjectWriter::new()
                .json("row_number", row_number)
                .text("record_id", &uuid_text(id))
                .json("from", former)
                .json("to", written);
            self.changes.push(change.object());
        }
    }

    pub fn write(&self, writer: JsonObjectWriter) -> JsonObjectWriter {
        let groups: Vec<String> = self
            .groups
            .iter()
            .map(|((column, code), (count, values))| {
                JsonObjectWriter::new()
                    .text("column", column)
                    .text("code", code)
                    .json("count", count)
                    .list("values", values.iter())
                    .object()
            })
            .collect();
        writer
            .json("problems", format!("[{}]", self.problems.join(",")))
            .json("problem_counts", format!("[{}]", groups.join(",")))
            .json("changes", format!("[{}]", self.changes.join(",")))
    }
}

fn members(problem: &ImportProblem) -> JsonObjectWriter {
    let cell = problem.cell.map_or_else(|| "null".to_owned(), |cell| cell.to_string());
    let column = problem.column.as_deref().map_or_else(|| "null".to_owned(), super::record::quoted);
    JsonObjectWriter::new()
        .json("cell", cell)
        .json("column", column)
        .text("code", &problem.code)
        .json("params", &problem.params)
        .text("message", &problem.message.replace('\0', "\u{2400}"))
}
