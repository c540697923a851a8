//! Choices that a file has and its columns do not: made when asked for, in one edit of each column, before the rows.
use super::feed::Feed;
use super::home::Home;
use super::record::quoted;
use crate::core::fields::cast::read_list;
use crate::core::fields::fold::fold_text;
use crate::core::fields::{Choices, Rule, shown};
use crate::core::import::mapping::Mapping;
use crate::core::jsonb::Value;
use crate::core::schema::{self, Schema};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::{self, TableId};
use std::collections::HashSet;
use std::rc::Rc;

/// More new choices of one column are taken for texts that are none.
const MOST: usize = 1_000;

/// The new choices of a column, in the order in which the file has them.
pub struct NewChoices {
    pub column: String,
    pub names: Vec<String>,
    folded: HashSet<String>,
    cell: usize,
}

impl NewChoices {
    fn add(&mut self, choices: &Choices, text: &str) -> Result<()> {
        let text = text.trim();
        if text.is_empty()
            || choices.pick(text).is_some()
            || choices.knows(text)
            || !self.folded.insert(fold_text(text))
        {
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

/// The choices that the rows name and the columns do not have.
pub fn find(feed: &mut Feed<'_>, schema: &Schema, mapping: &Mapping) -> Result<Vec<NewChoices>> {
    let mut found: Vec<NewChoices> = mapping
        .columns
        .iter()
        .filter(|mapped| {
            matches!(
                schema.column(&mapped.column).map(|column| &column.rule),
                Some(Rule::Select(_) | Rule::MultiSelect(_))
            )
        })
        .map(|mapped| NewChoices {
            column: mapped.column.clone(),
            names: Vec::new(),
            folded: HashSet::new(),
            cell: mapped.cell,
        })
        .collect();
    if found.is_empty() {
        return Ok(found);
    }
    while let Some(stored) = feed.next()? {
        for new in &mut found {
            work::step();
            let Some(text) = stored.row.cells.get(new.cell).and_then(|cell| cell.text()) else { continue };
            match schema.column(&new.column).map(|column| &column.rule) {
                Some(Rule::Select(choices)) => new.add(choices, text)?,
                Some(Rule::MultiSelect(choices)) if choices.pick(text).is_none() => {
                    for item in read_list(text) {
                        new.add(choices, &item)?;
                    }
                }
                _ => {}
            }
        }
    }
    found.retain(|new| !new.names.is_empty());
    Ok(found)
}

/// Makes the choices with the caller's rights, and returns the schema that has them.
pub fn create(home: &Home, table_id: &TableId, new: &[NewChoices]) -> Result<Rc<Schema>> {
    let hint = "Columns are in the table table_columns beside the relation of schemas.";
    let columns = rights::required_beside(home.tables, "table_columns", hint)?;
    let sql = sql!("import/choices.sql", columns = relation::quoted_name(columns));
    for new in new {
        let names: Vec<String> = new.names.iter().map(|name| quoted(name)).collect();
        let names = JsonbResult::parse(&format!("[{}]", names.join(","))).to_value();
        let parameters = [Parameter::Uuid(*table_id), Parameter::Text(&new.column), Parameter::Value(&names)];
        if spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1))?.is_empty() {
            return Err(Error::insufficient_privilege(format!(
                "column \"{}\" is not yours to change",
                shown(&new.column)
            ))
            .hint("Leave create_choices out, or ask a member who may edit the table."));
        }
    }
    let stored = catalog::latest_schema(OwnedTable::granted(home.tables, Privilege::Select)?, table_id)?;
    let document = stored.ok_or_else(|| Error::internal("the table of an import is gone"))?;
    Ok(Rc::new(schema::read(Value::root(&document))?))
}
