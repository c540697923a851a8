//! Rows of a file as they are stored between its first reading and its import: a JSON array a line.
use super::budget::{Budget, exceeded};
use super::cell::{Cell, Row};
use super::problem::ImportProblem;
use super::source::Problem;
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

/// The bytes that the rows of a file may take as they are stored. Escapes make them longer than the cells are.
pub struct Room {
    left: u64,
    whole: u64,
}

impl Room {
    pub fn new(budget: &Budget) -> Room {
        Room { left: budget.expanded_bytes, whole: budget.expanded_bytes }
    }

    pub fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        self.left = self.left.checked_sub(bytes as u64).ok_or_else(|| {
            exceeded("import.limit", format!("The rows of the file take more than {} bytes.", self.whole))
        })?;
        Ok(())
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
    // The server's numbers of rows are bigint.
    let number = items[0].as_u64().filter(|number| i64::try_from(*number).is_ok())?;
    let row = Row { number, cells, hidden: items[1].as_u64()? == 1 };
    Some(StoredRow { row, problems })
}

/// How many rows of a chunk come before the wanted one, where the chunk says that so many come before its first row; none
/// for numbers that no chunk has.
pub fn rows_before(wanted: i64, first: i64, most: u64) -> Option<u64> {
    let [wanted, first] = [wanted, first].map(u64::try_from);
    let before = wanted.ok()?.checked_sub(first.ok()?)?;
    (before <= most).then_some(before)
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
    use super::{Room, StoredRow, read, rows_before, write};
    use crate::core::import::budget::Budget;
    use crate::core::import::cell::{Cell, Row};
    use crate::core::import::problem::ImportProblem;

    #[test]
    fn stored_rows_have_a_limit() {
        let mut room = Room::new(&Budget { expanded_bytes: 10, ..Budget::default() });
        room.take(10).unwrap();
        assert_eq!(room.take(1).unwrap_err().message, "The rows of the file take more than 10 bytes.");
    }

    #[test]
    fn chunks_that_lie_about_their_rows_are_refused() {
        assert_eq!(rows_before(7, 5, 100), Some(2));
        assert_eq!(rows_before(5, 5, 100), Some(0));
        for (wanted, first) in [(7, i64::MIN), (i64::MAX, i64::MIN), (7, -1), (7, 8), (i64::MAX, 0), (101, 0), (-1, -2)]
        {
            assert_eq!(rows_before(wanted, first, 100), None, "{wanted} {first}");
        }
    }

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
        assert!(read("[9223372036854775807,0,[]]").is_some());
        assert_eq!(read("[9223372036854775808,0,[]]"), None);
        assert_eq!(read("[1,0,[],[\"x\",\"y\"]]"), None);
    }
}
