//! Header rows: names of columns, and the header where it is repeated among the rows.
use super::cell::Cell;
use crate::core::fields::fold::{fold_text, single_blanks};
use crate::core::work;
use std::collections::{HashMap, HashSet};

/// A name is cut at this many bytes; a key of JSON may have no more.
pub const MOST_NAME: usize = 1_024;

/// The names of a header's cells, each once: trimmed, a missing one as `column_3`, a repeated one as `name_2`.
pub fn names(cells: &[Cell]) -> Vec<String> {
    let (mut taken, mut names) = (HashSet::new(), Vec::with_capacity(cells.len()));
    // The numbers that are used up behind each name that is repeated.
    let mut used: HashMap<String, usize> = HashMap::new();
    let written: HashSet<String> = cells.iter().map(|cell| fold_text(&name(cell))).collect();
    for (index, cell) in cells.iter().enumerate() {
        work::step();
        let wanted = match name(cell) {
            name if name.is_empty() => nameless(index),
            name => name,
        };
        let is_free = |name: &str| !taken.contains(&fold_text(name));
        // A name that another cell has as its own is left to that cell.
        let mut numbered = || {
            let last = used.entry(fold_text(&wanted)).or_insert(1);
            loop {
                work::step();
                *last += 1;
                let candidate = format!("{wanted}_{last}");
                if is_free(&candidate) && !written.contains(&fold_text(&candidate)) {
                    return candidate;
                }
            }
        };
        let free = if is_free(&wanted) { wanted } else { numbered() };
        taken.insert(fold_text(&free));
        names.push(free);
    }
    names
}

/// What a column without a name is called, by its place.
pub fn nameless(place: usize) -> String {
    format!("column_{}", place + 1)
}

/// Whether the name is that of a column without one.
pub fn is_nameless(name: &str, place: usize) -> bool {
    name == nameless(place)
}

/// A cell's text without invisible and control characters, and with single blanks.
fn name(cell: &Cell) -> String {
    let is_control = |c: char| c.is_control() && !c.is_whitespace();
    let visible = |c: &char| !crate::core::fields::fold::is_invisible(*c) && !is_control(*c);
    let text = work::beginning(cell.text().unwrap_or_default(), MOST_NAME);
    single_blanks(&work::collect(text.chars().filter(visible)))
}

/// Whether a row is the header once more, as in files that were joined or printed by pages.
pub fn is_repeated_header(header: &[Cell], row: &[Cell]) -> bool {
    let text = |cell: Option<&Cell>| cell.and_then(Cell::text).unwrap_or_default().trim().to_owned();
    let count = header.len().max(row.len());
    let mut filled = 0;
    for index in 0..count {
        work::step();
        let written = text(header.get(index));
        if written != text(row.get(index)) {
            return false;
        }
        filled += usize::from(!written.is_empty());
    }
    // One word may be a value that is named as its column.
    filled >= 2
}

/// The form under which two files have the same header: remembered mappings are found by it.
pub fn header_key(names: &[String]) -> String {
    names.iter().map(|name| fold_text(name)).collect::<Vec<_>>().join("\u{1f}")
}
