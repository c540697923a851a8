//! Choices that a file has and its columns do not, and statuses that the table does not have: made when asked for, in one edit of each column and one of the
//! statuses, before the rows.
use super::feed::Feed;
use super::home::Home;
use super::new_columns::{edited, latest_schema, not_made};
use super::record::quoted;
use crate::core::fields::fold::fold_text;
use crate::core::fields::{Choices, Rule, shown};
use crate::core::import::cell::is_blank;
use crate::core::import::columns::{Input, convert, is_choice};
use crate::core::import::mapping::{MappedColumn, Mapping};
use crate::core::import::stored_row::StoredRow;
use crate::core::schema::{Common, Schema};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use std::collections::HashSet;
use std::rc::Rc;

const HINT: &str = "Leave create_choices out, or ask a member who may edit the table.";
/// More new choices of one column are taken for texts that are none.
const MOST: usize = 1_000;

/// The new choices of a column, or the new statuses of the table, in the order in which the file has them.
pub struct NewChoices {
    /// The column; of statuses the first one that takes them.
    pub column: String,
    pub names: Vec<String>,
    folded: HashSet<String>,
    /// The places of its columns in the mapping.
    places: Vec<usize>,
    are_statuses: bool,
}

impl NewChoices {
    fn of(column: &str, place: usize, are_statuses: bool) -> NewChoices {
        NewChoices {
            column: column.to_owned(),
            names: Vec::new(),
            folded: HashSet::new(),
            places: vec![place],
            are_statuses,
        }
    }

    fn add(&mut self, choices: &Choices, text: &str) -> Result<()> {
        let text = text.trim();
        let is_known = choices.pick(text).is_some() || choices.knows(text);
        // The row of such a text fails.
        if is_known || is_blank(text) || !is_choice(text) || !self.folded.insert(fold_text(text)) {
            return Ok(());
        }
        if self.names.len() == MOST {
            return Err(Error::limit_reached(format!(
                "column \"{}\" would get more than {MOST} new choices",
                shown(&self.column)
            ))
            .hint("Map the file's column to a text column, or leave it out."));
        }
        self.names.push(text.to_owned());
        Ok(())
    }
}

/// Whether the values of a column, or of a common field, are statuses of the table.
fn takes_statuses(schema: &Schema, name: &str) -> bool {
    let column = schema.column(name);
    let is_status = Common::named(name) == Some(Common::Status);
    match column.map(|column| &column.rule) {
        Some(Rule::Status) => true,
        Some(_) => is_status && schema.implied(Common::Status, column).is_some(),
        None => is_status,
    }
}

/// The choices that the rows name and the columns do not have.
pub fn find(feed: &mut Feed<'_>, schema: &Schema, mapping: &Mapping) -> Result<Vec<NewChoices>> {
    let (mut found, mut statuses) = (Vec::new(), None::<NewChoices>);
    for (place, mapped) in mapping.columns.iter().enumerate() {
        work::step();
        let rule = schema.column(&mapped.column).map(|column| &column.rule);
        if matches!(rule, Some(Rule::Select(_) | Rule::MultiSelect(_))) {
            found.push(NewChoices::of(&mapped.column, place, false));
        }
        if takes_statuses(schema, &mapped.column) {
            match &mut statuses {
                Some(statuses) => statuses.places.push(place),
                None => statuses = Some(NewChoices::of(&mapped.column, place, true)),
            }
        }
    }
    found.extend(statuses);
    if found.is_empty() {
        return Ok(found);
    }
    while let Some(stored) = feed.next()? {
        for new in &mut found {
            work::step();
            let rule = schema.column(&new.column).map(|column| &column.rule);
            for place in 0..new.places.len() {
                let Some(text) = value(&stored, &mapping.columns[new.places[place]]) else { continue };
                match rule {
                    _ if new.are_statuses => new.add(&schema.statuses, &text)?,
                    Some(Rule::Select(choices)) => new.add(choices, &text)?,
                    Some(Rule::MultiSelect(choices)) if choices.pick(&text).is_none() => {
                        for item in choices.pick_list(&text) {
                            new.add(choices, &item)?;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    found.retain(|new| !new.names.is_empty());
    Ok(found)
}

/// The text of a row's cell; none where the row is refused for that cell, or as a whole.
fn value(stored: &StoredRow, mapped: &MappedColumn) -> Option<String> {
    if stored.problems.iter().any(|problem| problem.cell.is_none_or(|cell| cell == mapped.cell)) {
        return None;
    }
    convert(stored.row.cells.get(mapped.cell)?, &mapped.plan).ok()?.map(Input::into_text)
}

/// Makes the choices and statuses with the caller's rights, and returns the schema that has them.
pub fn create(home: &Home, table_id: &TableId, new: &[NewChoices]) -> Result<Rc<Schema>> {
    for new in new {
        work::step();
        if new.are_statuses {
            let sql = sql!("import/statuses.sql", statuses = relation::quoted_name(home.statuses()?));
            let parameters = [Parameter::Uuid(*table_id), Parameter::Texts(&new.names)];
            let made = edited(HINT, || spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1)))?;
            if made.len() < new.names.len() {
                return Err(not_made("status"));
            }
        } else {
            add_to_column(home, table_id, new)?;
        }
    }
    latest_schema(home, table_id)
}

fn add_to_column(home: &Home, table_id: &TableId, new: &NewChoices) -> Result<()> {
    let sql = sql!("import/choices.sql", columns = relation::quoted_name(home.columns()?));
    let names: Vec<String> = new.names.iter().map(|name| quoted(name)).collect();
    let names = JsonbResult::parse(&format!("[{}]", names.join(","))).to_value();
    let parameters = [Parameter::Uuid(*table_id), Parameter::Text(&new.column), Parameter::Value(&names)];
    let changed = edited(HINT, || spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1)))?;
    if changed.is_empty() {
        return Err(Error::insufficient_privilege(format!("column \"{}\" is not yours to change", shown(&new.column)))
            .hint(HINT));
    }
    Ok(())
}
