//! Rows of a file as they are stored between its first reading and its import: a JSON array a line.
use super::cell::{Cell, Row};
use super::problem::ImportProblem;
use crate::core::jsonb::quote;
use crate::core::work;
use serde_json::Value;

/// A row and what the reader of the file said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    pub row: Row,
    pub problems: Vec<ImportProblem>,
}

/// Appends a row as one line.
pub fn write(stored: &StoredRow, out: &mut String) {
    work::push_str(out, &format!("[{},{}", stored.row.number, u8::from(stored.row.hidden)));
    work::push_str(out, ",[");
    for (index, problem) in stored.problems.iter().enumerate() {
        if index > 0 {
            work::push(out, ',');
        }
        let cell = problem.cell.map_or(-1, |cell| cell as i64);
        work::push_str(out, &format!("[{cell},"));
        for (index, text) in [&problem.code, &problem.params, &problem.message].into_iter().enumerate() {
            if index > 0 {
                work::push(out, ',');
            }
            quote(text, out);
        }
        work::push(out, ']');
    }
    work::push(out, ']');
    for cell in &stored.row.cells {
        work::step();
        work::push(out, ',');
        write_cell(cell, out);
    }
    work::push_str(out, "]\n");
}

fn write_cell(cell: &Cell, out: &mut String) {
    let mut tagged = |tag: &str, text: &str| {
        work::push_str(out, &format!("[\"{tag}\","));
        quote(text, out);
        work::push(out, ']');
    };
    match cell {
        Cell::Empty => work::push_str(out, "null"),
        Cell::Text(text) => quote(text, out),
        Cell::Number { digits, percent: false } => tagged("n", digits),
        Cell::Number { digits, percent: true } => tagged("p", digits),
        Cell::Boolean(value) => work::push_str(out, if *value { "true" } else { "false" }),
        Cell::Date(text) => tagged("d", text),
        Cell::DateTime(text) => tagged("m", text),
        Cell::Time(text) => tagged("t", text),
        Cell::Error(text) => tagged("e", text),
        Cell::Formula => tagged("f", ""),
        Cell::Json(text) => tagged("j", text),
    }
}

/// Reads one line; none for a line that [`write`] did not write.
pub fn read(line: &str) -> Option<StoredRow> {
    work::bytes(line.len());
    // What the parser makes of a text is at most so many times as long.
    work::reserve(line.len().saturating_mul(8));
    let mut items: Vec<Value> = serde_json::from_str(line).ok()?;
    if items.len() < 3 {
        return None;
    }
    let cells = items.split_off(3).into_iter().map(read_cell).collect::<Option<Vec<Cell>>>()?;
    let problems = items[2].as_array()?.iter().map(read_problem).collect::<Option<Vec<ImportProblem>>>()?;
    let row = Row { number: items[0].as_u64()?, cells, hidden: items[1].as_u64()? == 1 };
    Some(StoredRow { row, problems })
}

fn read_problem(value: &Value) -> Option<ImportProblem> {
    let text = |index: usize| Some(value.get(index)?.as_str()?.to_owned());
    Some(ImportProblem {
        cell: usize::try_from(value.get(0)?.as_i64()?).ok(),
        column: None,
        code: text(1)?,
        params: text(2)?,
        message: text(3)?,
    })
}

fn read_cell(value: Value) -> Option<Cell> {
    work::step();
    Some(match value {
        Value::Null => Cell::Empty,
        Value::String(text) => Cell::Text(text),
        Value::Bool(value) => Cell::Boolean(value),
        Value::Array(mut parts) => {
            let Some(Value::String(text)) = parts.pop() else { return None };
            match parts.first()?.as_str()? {
                "n" => Cell::Number { digits: text, percent: false },
                "p" => Cell::Number { digits: text, percent: true },
                "d" => Cell::Date(text),
                "m" => Cell::DateTime(text),
                "t" => Cell::Time(text),
                "e" => Cell::Error(text),
                "f" => Cell::Formula,
                "j" => Cell::Json(text),
                _ => return None,
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{StoredRow, read, write};
    use crate::core::import::cell::{Cell, Row};
    use crate::core::import::problem::ImportProblem;

    #[test]
    fn every_cell_comes_back() {
        let text = |text: &str| text.to_owned();
        let cells = vec![
            Cell::Empty,
            Cell::Text(text("")),
            Cell::Text(text("a\0\"\\\n\u{2028}007")),
            Cell::Number { digits: text("12345678901234567890.10"), percent: false },
            Cell::Number { digits: text("0.12"), percent: true },
            Cell::Boolean(true),
            Cell::Date(text("2024-01-05")),
            Cell::DateTime(text("2024-01-05T09:30:00")),
            Cell::Time(text("09:30:00")),
            Cell::Error(text("#N/A")),
            Cell::Formula,
            Cell::Json(text("{\"a\":[1]}")),
        ];
        let problem = ImportProblem { cell: Some(2), ..ImportProblem::new("import.encoding", "cannot be read") };
        let stored = StoredRow {
            row: Row { number: 7, cells, hidden: true },
            problems: vec![problem, ImportProblem::new("import.json", "x")],
        };
        let mut line = String::new();
        write(&stored, &mut line);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(read(line.trim_end()), Some(stored));
        assert_eq!(read("[1,0]"), None);
        assert_eq!(read("[1,0,[],[\"x\",\"y\"]]"), None);
    }
}
