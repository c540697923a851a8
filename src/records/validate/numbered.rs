//! The autonumbers of a row, in the trigger that refuses what breaks a schema.
use super::autonumber::Counter;
use super::record_columns::RecordColumns;
use crate::core::fields::Rule;
use crate::core::jsonb::{Integer, Object, Value};
use crate::core::schema::{Column, Schema};
use crate::core::validate::walk::Record;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::jsonb::{JsonbResult, ObjectBuilder};
use crate::pg::trigger::{Call, Columns, Event, Row};
use crate::records::catalog::TableId;
use pgrx::pg_sys::UUIDOID;

/// The numbers of the row that the statement inserted last. Whether it was stored is only known when the next row comes: ON CONFLICT or a later
/// trigger may have left it out.
#[derive(Default)]
pub struct Proposed {
    /// How many rows the transaction had inserted when the row got them.
    inserted: Option<i64>,
    numbers: Vec<(Counter, String, i64)>,
}

impl Proposed {
    /// Called for the next row: gives back the numbers of a row that was not stored.
    pub fn settle(&mut self, call: &Call<'_>) {
        if self.numbers.is_empty() {
            return;
        }
        let was_left_out = self.inserted.is_some() && call.inserted_rows() == self.inserted;
        for (counter, _, number) in self.numbers.drain(..).filter(|_| was_left_out) {
            work::step();
            counter.put_back(number);
        }
    }

    /// The columns whose number in an UPDATE is not a writer's but comes from EXCLUDED: the trigger itself had put it into the row that met the
    /// conflict. The row keeps its own; the numbers are the next ones again.
    pub fn excluded<'s>(&mut self, schema: &'s Schema, data: Object<'_>) -> Vec<&'s str> {
        let mut excluded = Vec::new();
        if self.numbers.is_empty() {
            return excluded;
        }
        for column in autonumbers(schema) {
            work::step();
            let Some(given) = data.get(&column.name).and_then(whole) else { continue };
            let is_it = |(_, name, number): &(Counter, String, i64)| *name == column.name && *number == given;
            if let Some(place) = self.numbers.iter().position(is_it) {
                let (counter, _, number) = self.numbers.swap_remove(place);
                counter.put_back(number);
                excluded.push(column.name.as_str());
            }
        }
        excluded
    }

    /// `data` with the numbers that it lacks: a record's own after an UPDATE that left them out, else the next ones; `None`
    /// when it lacks none. A record that comes back keeps its own.
    pub fn number(
        &mut self,
        call: &Call<'_>,
        new: &Row<'_>,
        columns: &RecordColumns,
        schema: &Schema,
        record: &Record<'_>,
    ) -> Result<Option<JsonbResult>> {
        // NOT NULL says the other case better.
        let organization_id = call.required_attribute("organization_id", &[UUIDOID])?;
        let (Some(organization_id), Some(table_id)) = (new.uuid(organization_id), new.uuid(columns.table_id)) else {
            return Ok(None);
        };
        let counter = |column: &Column, table_id: TableId| Counter::find(call, organization_id, table_id, column);
        let mut numbers = Vec::new();
        for column in autonumbers(schema) {
            work::step();
            if let Some(given) = record.data.get(&column.name) {
                if let Some(number) = whole(given).filter(|_| record.stored) {
                    counter(column, table_id)?.reach(number)?;
                }
                continue;
            }
            let kept =
                record.old.and_then(|old| column.value_in(old)).filter(|value| column.rule.is_filled_with(*value));
            let number = match kept {
                Some(value) => value.document().into_owned(),
                None => {
                    let counter = counter(column, table_id)?;
                    let number = counter.next(call.event())?;
                    if call.event() == Event::Insert {
                        self.numbers.push((counter, column.name.clone(), number));
                    }
                    Value::Number(Integer::new(number).number()).document().into_owned()
                }
            };
            numbers.push((column.name.as_bytes(), number));
        }
        self.inserted = if self.numbers.is_empty() { None } else { call.inserted_rows() };
        if numbers.is_empty() {
            return Ok(None);
        }
        let mut builder = ObjectBuilder::new();
        for (key, value) in record.data.iter() {
            builder.member(key, value);
        }
        for (key, number) in &numbers {
            builder.member(key, Value::root(number));
        }
        Ok(Some(builder.finish()))
    }
}

pub fn autonumbers(schema: &Schema) -> impl Iterator<Item = &Column> {
    schema.columns.iter().filter(|column| matches!(column.rule, Rule::Autonumber(_)))
}

pub fn whole(value: Value<'_>) -> Option<i64> {
    value.as_number()?.to_string().parse().ok()
}
