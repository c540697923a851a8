//! What the first rows cannot tell of columns that a table gets from a file: all choices of a select, line breaks, zeros in front of numbers, times of day among dates, and the type of
//! columns whose first rows are empty. Every row is looked at, and a bounded number of texts is kept.
use super::super::cell::Cell;
use super::convert::is_choice;
use super::numbers::has_leading_zero;
use super::{ColumnFacts, Survey};
use crate::core::fields::LINE_BREAKS;
use crate::core::fields::fold::fold_text;
use crate::core::work::{self, Memory};
use std::collections::HashSet;

/// A column with more different texts, or with a longer one, is no select.
const MOST_CHOICES: usize = 100;
const LONGEST_CHOICE: usize = 100;

#[derive(Default)]
struct Texts {
    has_line_break: bool,
    /// More, or longer ones, than a select has choices.
    are_many: bool,
    /// In the order of the rows, each once.
    names: Vec<String>,
    folded: HashSet<String>,
}

enum Watch {
    /// The first rows tell all that matters.
    Nothing,
    LineBreaks(bool),
    Choices(Texts),
    /// Numbers, of which a later row may be a code with zeros in front.
    Codes(bool),
    /// Days, of which a later row may have a time.
    Days(Box<Survey>),
    /// The first rows have no value.
    Late(Box<Survey>),
}

pub struct Rest {
    columns: Vec<Watch>,
    memory: Memory,
}

impl Rest {
    pub fn new(facts: &[ColumnFacts]) -> Rest {
        let watch = |facts: &ColumnFacts| match facts.field_type {
            _ if facts.filled == 0 => Watch::Late(Box::default()),
            "text" => Watch::LineBreaks(false),
            "select" => Watch::Choices(Texts::default()),
            "integer" | "number" => Watch::Codes(false),
            "date" => Watch::Days(Box::default()),
            _ => Watch::Nothing,
        };
        Rest { columns: facts.iter().map(watch).collect(), memory: Memory::default() }
    }

    pub fn add(&mut self, cells: &[Cell]) {
        while self.columns.len() < cells.len() {
            work::step();
            self.columns.push(Watch::Late(Box::default()));
        }
        for (watch, cell) in self.columns.iter_mut().zip(cells) {
            work::step();
            match watch {
                Watch::Nothing | Watch::LineBreaks(true) | Watch::Codes(true) => {}
                Watch::Codes(found) => *found = has_leading_zero(cell.text().unwrap_or_default()),
                Watch::LineBreaks(found) => *found = has_line_break(cell),
                Watch::Choices(texts) => texts.add(cell, &mut self.memory),
                Watch::Days(survey) | Watch::Late(survey) => survey.add(cell),
            }
        }
    }

    /// Corrects what the first rows told.
    pub fn finish(self, facts: &mut Vec<ColumnFacts>) {
        for (place, watch) in self.columns.into_iter().enumerate() {
            work::step();
            match (watch, facts.get_mut(place)) {
                (Watch::LineBreaks(true), Some(facts)) => facts.field_type = "long_text",
                (Watch::Codes(true), Some(facts)) => facts.field_type = "text",
                (Watch::Choices(texts), Some(facts)) => texts.finish(facts),
                (Watch::Days(survey), Some(facts)) => facts.times_of_day = survey.finish(true).times_of_day,
                (Watch::Late(survey), Some(facts)) => *facts = survey.finish(true),
                (Watch::Late(survey), None) => facts.push(survey.finish(true)),
                _ => {}
            }
        }
    }
}

fn has_line_break(cell: &Cell) -> bool {
    let text = cell.text().unwrap_or_default();
    work::bytes(text.len());
    text.contains(LINE_BREAKS)
}

impl Texts {
    fn add(&mut self, cell: &Cell, memory: &mut Memory) {
        self.has_line_break |= has_line_break(cell);
        let text = cell.text().unwrap_or_default().trim();
        let is_error = matches!(cell, Cell::Error(_) | Cell::Formula);
        if self.are_many || is_error || cell.is_blank() || !is_choice(text) {
            return;
        }
        if text.len() > LONGEST_CHOICE {
            self.are_many = true;
            return;
        }
        let folded = fold_text(text);
        if self.folded.contains(&folded) {
            return;
        }
        memory.take(text.len() + folded.len() + 2 * size_of::<String>());
        self.folded.insert(folded);
        self.names.push(text.to_owned());
        self.are_many = self.names.len() > MOST_CHOICES;
    }

    fn finish(self, facts: &mut ColumnFacts) {
        if self.has_line_break || self.are_many {
            facts.field_type = if self.has_line_break { "long_text" } else { "text" };
            facts.choices.clear();
            return;
        }
        // Those that the first rows have come first, the most frequent before the others.
        let known: HashSet<String> = facts.choices.iter().map(|choice| fold_text(choice)).collect();
        facts.choices.extend(self.names.into_iter().filter(|name| !known.contains(&fold_text(name))));
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Rest, Survey};

    /// The types and choices of columns whose first rows are these, and then the others.
    fn found(first: &[&[&str]], rest: &[&[&str]]) -> Vec<(&'static str, Vec<String>)> {
        let cells = |row: &[&str]| row.iter().map(|text| Cell::Text((*text).to_owned())).collect::<Vec<_>>();
        let width = first.iter().map(|row| row.len()).max().unwrap_or(0);
        let mut surveys: Vec<Survey> = (0..width).map(|_| Survey::default()).collect();
        for row in first {
            cells(row).iter().zip(&mut surveys).for_each(|(cell, survey)| survey.add(cell));
        }
        let mut facts: Vec<_> = surveys.into_iter().map(|survey| survey.finish(false)).collect();
        let mut all = Rest::new(&facts);
        first.iter().chain(rest).for_each(|row| all.add(&cells(row)));
        all.finish(&mut facts);
        facts.into_iter().map(|facts| (facts.field_type, facts.choices)).collect()
    }

    #[test]
    fn later_rows_correct_the_first_ones() {
        let first: Vec<&[&str]> =
            (0..10).map(|row| if row < 4 { &["open", "a", "", "1"][..] } else { &["shut", "b", "", "2"] }).collect();
        let found = found(
            &first,
            &[&[" Open ", "c", "5", "x\ny", "late"], &["held", "d\ne", "6", "y"], &["ＨＥＬＤ", "", "", ""]],
        );
        let types: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(types, ["select", "long_text", "integer", "integer", "text"]);
        assert_eq!(found[0].1, ["shut", "open", "held"]);
    }

    #[test]
    fn codes_come_late() {
        let first: Vec<&[&str]> = (0..10).map(|_| &["90210", "1.5"][..]).collect();
        let types = |rest: &[&[&str]]| found(&first, rest).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
        assert_eq!(types(&[&["02108", "2"]]), ["text", "number"]);
        assert_eq!(types(&[&["10001", "07"]]), ["integer", "text"]);
        assert_eq!(types(&[&["0", "0.5"]]), ["integer", "number"]);
    }

    #[test]
    fn errors_are_no_choices_and_times_come_late() {
        let first: Vec<&[&str]> =
            (0..10).map(|row| if row < 5 { &["a", "2024-01-05"][..] } else { &["b", "2024-01-06"] }).collect();
        let facts = |rest: &[Vec<Cell>]| {
            let cells = |row: &[&str]| row.iter().map(|text| Cell::Text((*text).to_owned())).collect::<Vec<_>>();
            let mut surveys = [Survey::default(), Survey::default()];
            for row in &first {
                cells(row).iter().zip(&mut surveys).for_each(|(cell, survey)| survey.add(cell));
            }
            let mut facts: Vec<_> = surveys.into_iter().map(|survey| survey.finish(false)).collect();
            let mut all = Rest::new(&facts);
            first.iter().map(|row| cells(row)).chain(rest.iter().cloned()).for_each(|row| all.add(&row));
            all.finish(&mut facts);
            facts
        };
        let text = |text: &str| Cell::Text(text.to_owned());
        let wrong = [text("#N/A"), text("x\0y"), Cell::Error("#BUSY!".to_owned()), Cell::Formula];
        let rest: Vec<Vec<Cell>> = wrong.into_iter().map(|cell| vec![cell, text("2024-01-07 00:00")]).collect();
        let found = facts(&rest);
        assert_eq!(
            (found[0].choices.join(" "), found[1].field_type, found[1].times_of_day),
            ("a b".to_owned(), "date", 0)
        );
        let found = facts(&[vec![Cell::Empty, text("2024-01-07 10:30")]]);
        assert_eq!((found[1].field_type, found[1].times_of_day), ("date", 1));
    }

    #[test]
    fn a_select_has_few_short_choices() {
        let first: Vec<&[&str]> = (0..10).map(|row| if row < 5 { &["a"][..] } else { &["b"] }).collect();
        let long = "x".repeat(101);
        let many: Vec<String> = (0..99).map(|choice| format!("c{choice}")).collect();
        let rows: Vec<[&str; 1]> = many.iter().map(|text| [text.as_str()]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
        assert_eq!(found(&first, &[&[long.as_str()]]), [("text", Vec::new())]);
        assert_eq!(found(&first, &[&["a\nb"]]), [("long_text", Vec::new())]);
        assert_eq!(found(&first, &rows), [("text", Vec::new())]);
        assert_eq!(found(&first, &rows[1..])[0].0, "select");
        assert_eq!(found(&first, &rows[1..])[0].1.len(), 100);
    }
}
