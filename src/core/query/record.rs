//! The values of a record that a query looks at, found in one walk over its data.
use super::model::{FieldPath, Filter, Query, QueryColumn, Test};
use super::operators::Family;
use crate::core::fields::identifier::{uuid_bytes, uuid_text};
use crate::core::fields::time::date_from_days;
use crate::core::fields::{Instant, Rule, Text};
use crate::core::jsonb::{Object, Value, compare_keys, to_text};
use crate::core::schema::{Column, Common, Schema};
use crate::core::work;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A record as the relation holds it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub id: [u8; 16],
    pub data: Object<'a>,
    /// name, email, company and status, in the order of [`Common::ALL`].
    pub common: [Option<&'a str>; 4],
    pub created_at: Option<Instant>,
    pub updated_at: Option<Instant>,
    pub created_by: Option<[u8; 16]>,
}

/// The titles of other records, for conditions on references and for sorting by them.
pub trait Titles {
    /// The title of a record of a table; none if there is no such record or the caller may not see it.
    fn title(&self, table: &str, id: &[u8; 16]) -> Option<Cow<'_, str>>;
}

/// Nothing has a title.
impl Titles for () {
    fn title(&self, _table: &str, _id: &[u8; 16]) -> Option<Cow<'_, str>> {
        None
    }
}

/// A value that a record holds.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    Json(Value<'a>),
    Instant(Instant),
    Id([u8; 16]),
}

/// Where a column of the query lies in a record.
#[derive(Clone, Copy, Debug)]
enum Place {
    Data,
    Common(Common),
    CreatedAt,
    UpdatedAt,
    CreatedBy,
}

/// A column of the query under one schema.
#[derive(Clone, Copy, Debug)]
struct Bound {
    place: Place,
    keeps_empty_text: bool,
    is_list: bool,
}

impl Bound {
    fn of_field(place: Place) -> Bound {
        Bound { place, keeps_empty_text: false, is_list: false }
    }

    fn of_column(column: &Column) -> Bound {
        let place = match (column.common, &column.rule) {
            (Some(common), _) => Place::Common(common),
            (None, Rule::Computed) if column.kind == "created_at" => Place::CreatedAt,
            (None, Rule::Computed) if column.kind == "updated_at" => Place::UpdatedAt,
            (None, Rule::Computed) => Place::CreatedBy,
            (None, _) => Place::Data,
        };
        let keeps_empty_text = matches!(&column.rule, Rule::Text(Text { keep_empty: true, .. }));
        Bound { place, keeps_empty_text, is_list: column.rule.is_list() }
    }

    /// The value unless it counts as none, as [`Rule::is_no_value`] has it.
    fn held<'a>(&self, value: Value<'a>) -> Option<Held<'a>> {
        let is_empty = match value {
            Value::Null => true,
            Value::String(b"") => !self.keeps_empty_text,
            Value::Array(array) => self.is_list && array.is_empty(),
            _ => false,
        };
        (!is_empty).then_some(Held::Json(value))
    }
}

/// The places of a query's columns under one schema.
#[derive(Clone, Debug)]
pub struct Places {
    columns: Vec<Bound>,
    /// The keys of `data` to look for, each with its column, in jsonb's order.
    keys: Vec<(String, usize)>,
    /// Keys under which records may still hold a value, while a rename is under way: the present name, the former one, the column.
    former: Vec<(String, String, usize)>,
}

/// Values of up to so many columns need no memory of their own.
const INLINE: usize = 16;

/// The values of one record, by the query's columns; none where the record has no value.
pub struct Values<'a> {
    inline: [Option<Held<'a>>; INLINE],
    more: Vec<Option<Held<'a>>>,
}

impl<'a> Values<'a> {
    fn new(count: usize) -> Values<'a> {
        Values { inline: [None; INLINE], more: vec![None; count.saturating_sub(INLINE)] }
    }

    pub fn get(&self, column: usize) -> Option<Held<'a>> {
        self.inline.get(column).or_else(|| self.more.get(column - INLINE)).copied().flatten()
    }

    fn slot(&mut self, column: usize) -> &mut Option<Held<'a>> {
        if column < INLINE { &mut self.inline[column] } else { &mut self.more[column - INLINE] }
    }
}

impl Places {
    /// None if a column is no longer there or has another type: then the query must be read again.
    pub fn new(columns: &[QueryColumn], schema: &Schema) -> Option<Places> {
        let mut places = Places { columns: Vec::with_capacity(columns.len()), keys: Vec::new(), former: Vec::new() };
        for (index, column) in columns.iter().enumerate() {
            work::steps(schema.columns.len());
            let bound = match &column.path {
                FieldPath::Common(common) => Bound::of_field(Place::Common(*common)),
                FieldPath::CreatedAt => Bound::of_field(Place::CreatedAt),
                FieldPath::UpdatedAt => Bound::of_field(Place::UpdatedAt),
                FieldPath::CreatedBy => Bound::of_field(Place::CreatedBy),
                FieldPath::Column(key_id) => {
                    let mut columns = schema.columns.iter();
                    let found =
                        columns.find(|known| known.key_id == *key_id && Family::of_column(known) == column.family)?;
                    let bound = Bound::of_column(found);
                    if matches!(bound.place, Place::Data) {
                        places.keys.push((found.name.clone(), index));
                        places.former.extend(found.former.clone().map(|former| (found.name.clone(), former, index)));
                    }
                    bound
                }
            };
            places.columns.push(bound);
        }
        places.keys.sort_by(|left, right| compare_keys(left.0.as_bytes(), right.0.as_bytes()));
        Some(places)
    }

    /// The values of a record. Empty ones are none.
    pub fn read<'a>(&self, record: &Record<'a>) -> Values<'a> {
        let mut values = Values::new(self.columns.len());
        self.walk(record.data, &mut values);
        for (index, column) in self.columns.iter().enumerate() {
            work::step();
            let held = match column.place {
                Place::Data => continue,
                Place::Common(common) => {
                    record.common[common as usize].and_then(|text| column.held(Value::String(text.as_bytes())))
                }
                Place::CreatedAt => record.created_at.map(Held::Instant),
                Place::UpdatedAt => record.updated_at.map(Held::Instant),
                Place::CreatedBy => record.created_by.map(Held::Id),
            };
            *values.slot(index) = held;
        }
        values
    }

    fn walk<'a>(&self, data: Object<'a>, values: &mut Values<'a>) {
        let mut keys = self.keys.iter().peekable();
        let mut members = data.iter();
        while keys.peek().is_some() {
            let Some((key, value)) = members.next() else { break };
            while let Some((name, column)) = keys.peek() {
                match compare_keys(name.as_bytes(), key) {
                    Ordering::Less => {}
                    Ordering::Equal => *values.slot(*column) = self.columns[*column].held(value),
                    Ordering::Greater => break,
                }
                keys.next();
            }
        }
        for (name, former, column) in &self.former {
            work::step();
            if data.get(name).is_none() {
                *values.slot(*column) = data.get(former).and_then(|value| self.columns[*column].held(value));
            }
        }
    }
}

/// The columns of a query whose conditions or order ask for the titles of other records.
pub struct TitleColumns {
    places: Places,
    /// The places of the columns, and the tables that they name.
    columns: Vec<(usize, String)>,
}

impl TitleColumns {
    /// None if the query needs no titles.
    pub fn new(query: &Query, schema: &Schema) -> Option<TitleColumns> {
        let mut columns = Vec::new();
        for (place, column) in query.columns.iter().enumerate() {
            work::step();
            let is_sorted = query.sort.iter().any(|entry| entry.column == place);
            if is_sorted || query.filter.as_ref().is_some_and(|filter| asks_for_titles(filter, place)) {
                columns.extend(column.target.clone().map(|table| (place, table)));
            }
        }
        if columns.is_empty() {
            return None;
        }
        Some(TitleColumns { places: Places::new(&query.columns, schema)?, columns })
    }

    /// The records that a record names by these columns, each with its table.
    pub fn each(&self, record: &Record<'_>, mut each: impl FnMut(&str, [u8; 16])) {
        let values = self.places.read(record);
        for (place, table) in &self.columns {
            if let Some(Held::Json(value)) = values.get(*place) {
                for element in elements(value, Family::References) {
                    work::step();
                    if let Some(id) = element.as_str().and_then(uuid_bytes) {
                        each(table, id);
                    }
                }
            }
        }
    }
}

fn asks_for_titles(filter: &Filter, column: usize) -> bool {
    work::descend();
    match filter {
        Filter::And(members) | Filter::Or(members) => members.iter().any(|member| asks_for_titles(member, column)),
        Filter::Not(inner) => asks_for_titles(inner, column),
        Filter::Condition(condition) => condition.column == column && matches!(condition.test, Test::Title(_)),
    }
}

/// The elements of a value. In a column of lists one value that is no list is its own element, as it was stored before the column took several;
/// in a column of single values a list is none of them.
pub fn elements<'a>(value: Value<'a>, family: Family) -> impl Iterator<Item = Value<'a>> {
    let (list, one) = match value {
        Value::Array(array) if family.is_list() => (Some(array.iter()), None),
        other => (None, Some(other)),
    };
    list.into_iter().flatten().chain(one)
}

/// A value as JSON text.
pub fn shown(held: Held<'_>) -> Vec<u8> {
    match held {
        Held::Json(value) => to_text(value).into_bytes(),
        Held::Instant(at) if !at.is_finite() => {
            let name = if at.seconds > 0 { "infinity" } else { "-infinity" };
            format!("\"{name}\"").into_bytes()
        }
        Held::Instant(at) => {
            let (year, month, day) = date_from_days(at.seconds.div_euclid(86_400));
            let second = at.seconds.rem_euclid(86_400);
            let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
            let micros = at.nanosecond / 1_000;
            format!("\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z\"").into_bytes()
        }
        Held::Id(id) => format!("\"{}\"", uuid_text(&id)).into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Places, Record};
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::query::model::{FieldPath, QueryColumn};
    use crate::core::query::operators::Family;
    use crate::core::schema::{Schema, read};

    fn schema(text: &str) -> Schema {
        read(Value::root(&document(text))).unwrap()
    }

    fn held(schema: &Schema, data: &str) -> Vec<Option<String>> {
        let column = |key_id: &String, family| QueryColumn {
            path: FieldPath::Column(key_id.clone()),
            name: String::new(),
            family,
            target: None,
        };
        let columns: Vec<QueryColumn> =
            schema.in_order().iter().map(|known| column(&known.key_id, Family::of_column(known))).collect();
        let data = document(data);
        let data = Value::root(&data).as_object().unwrap();
        let record =
            Record { id: [0; 16], data, common: [None; 4], created_at: None, updated_at: None, created_by: None };
        let values = Places::new(&columns, schema).unwrap().read(&record);
        let text = |held| match held {
            Held::Json(value) => value.as_number().unwrap().to_string(),
            other => format!("{other:?}"),
        };
        (0..columns.len()).map(|column| values.get(column).map(text)).collect()
    }

    #[test]
    fn one_walk_finds_all_columns() {
        let columns: Vec<String> = (0..40).map(|n| format!(r#"{{"name":"k{n}","type":"number"}}"#)).collect();
        let schema = schema(&format!(r#"{{"columns":[{}]}}"#, columns.join(",")));
        let members: Vec<String> = (0..80).step_by(3).map(|n| format!(r#""k{n}":{n},"x{n}":"other""#)).collect();
        let expected: Vec<_> = (0..40).map(|n| (n % 3 == 0).then(|| n.to_string())).collect();
        assert_eq!(held(&schema, &format!("{{{}}}", members.join(","))), expected);
        assert_eq!(held(&schema, "{}"), vec![None; 40]);
    }

    #[test]
    fn a_value_may_be_under_the_former_name() {
        let schema = schema(r#"{"columns":[{"name":"b","renamed_from":"a","type":"number"}]}"#);
        for (data, expected) in [
            (r#"{"a":1}"#, Some("1")),
            (r#"{"a":1,"b":2}"#, Some("2")),
            (r#"{"a":1,"b":null}"#, None),
            (r#"{"c":1}"#, None),
        ] {
            assert_eq!(held(&schema, data)[0].as_deref(), expected, "{data}");
        }
    }
}
