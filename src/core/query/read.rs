//! Reads the JSON of a query: every problem at once, each with its path.
use super::model::{Condition, Direction, FieldPath, Filter, Query, QueryColumn, SortBy, SortEntry};
use super::operators::{Family, Operator};
use super::problem::{MAX_CONDITIONS, MAX_DEPTH, MAX_LIMIT, MAX_PATTERNS, MAX_SORT, MAX_VALUES, below, wrong_type};
use super::relative_date::{Clock, count};
use super::value::{Target, ValueReader};
use super::zone::{TimeZone, TimeZones, is_zone_name};
use crate::core::fault::{Fault, Faults};
use crate::core::fields::identifier::nearest;
use crate::core::fields::{Instant, Link, Rule, shown};
use crate::core::jsonb::{Array, JsonObjectWriter, Object, Value};
use crate::core::schema::{Column, Common, Schema};
use crate::core::work::{self, Memory};
use std::collections::HashMap;
use std::rc::Rc;

const QUERY_KEYS: [&str; 9] = ["filter", "search", "sort", "limit", "after", "before", "fields", "time_zone", "expand"];
const GROUP_KEYS: [&str; 3] = ["and", "or", "not"];
const CONDITION_KEYS: [&str; 3] = ["column", "op", "value"];
/// A null one is the same as none.
const FILTER_KEYS: [&str; 6] = ["and", "or", "not", "column", "op", "value"];
const SORT_KEYS: [&str; 4] = ["column", "direction", "by", "empty"];

/// Columns of the relation that the schema need not list.
const OWN_FIELDS: [(&str, FieldPath, Family); 3] = [
    ("created_at", FieldPath::CreatedAt, Family::Instant),
    ("updated_at", FieldPath::UpdatedAt, Family::Instant),
    ("created_by", FieldPath::CreatedBy, Family::Id),
];

/// Reads a query on the table of a schema. Relative dates are resolved against `now`.
///
/// The error lists at most 100 problems; the path of each is a JSON Pointer into the query, and its message is a predicate.
pub fn read(document: Value<'_>, schema: &Schema, now: Instant, zones: &dyn TimeZones) -> Result<Query, Vec<Fault>> {
    read_with(document, schema, now, zones, |_| ()).map(|(query, ())| query)
}

/// The same, and what `more` reads of the same columns.
pub fn read_with<T>(
    document: Value<'_>,
    schema: &Schema,
    now: Instant,
    zones: &dyn TimeZones,
    more: impl FnOnce(&mut Reader<'_>) -> T,
) -> Result<(Query, T), Vec<Fault>> {
    let mut faults = Faults::all();
    let Value::Object(object) = document else {
        wrong_type(&mut faults, String::new(), "object", document);
        return Err(faults.split_off(0));
    };
    refuse_unknown(&mut faults, "", object, &QUERY_KEYS);
    let zone = read_zone(&mut faults, object, zones);
    let clock = Clock { now, zone: Rc::clone(&zone) };
    let mut reader = Reader {
        schema,
        clock,
        faults,
        columns: Vec::new(),
        targets: Vec::new(),
        known: HashMap::new(),
        counts: Counts::default(),
        memory: Memory::default(),
    };
    let filter = match present(object, "filter") {
        Some(Value::Object(filter)) if filter.is_empty() => None,
        Some(value) => reader.filter(value, "/filter", 1),
        None => None,
    };
    let sort = reader.sort(object);
    let fields = present(object, "fields").map(|value| reader.column_list(value, "/fields"));
    let expand = reader.expand(object);
    let search = reader.text(object, "search").filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let after = reader.text(object, "after").map(str::to_owned);
    let before = reader.text(object, "before").map(str::to_owned);
    if after.is_some() && before.is_some() {
        reader.add("/before".to_owned(), "query.value", JsonObjectWriter::new(), "must not be given beside after");
    }
    let limit = reader.limit(object);
    let more = more(&mut reader);
    if !reader.faults.is_empty() {
        return Err(reader.faults.split_off(0));
    }
    let query = Query { columns: reader.columns, filter, search, sort, limit, after, before, fields, expand, zone };
    Ok((query, more))
}

/// A member's value; null is the same as not given.
pub fn present<'v>(object: Object<'v>, name: &str) -> Option<Value<'v>> {
    object.get(name).filter(|value| !value.is_null())
}

fn read_zone(faults: &mut Faults, object: Object<'_>, zones: &dyn TimeZones) -> Rc<dyn TimeZone> {
    let at = || "/time_zone".to_owned();
    match present(object, "time_zone") {
        None => {}
        Some(Value::String(bytes)) => {
            let name = String::from_utf8_lossy(bytes);
            if let Some(zone) = zones.named(&name).filter(|_| is_zone_name(&name)) {
                return zone;
            }
            let name = shown(&name);
            let message = format!("names no time zone: \"{name}\" is none such as Asia/Tokyo or UTC");
            faults.add_at(at(), "query.unknown_time_zone", JsonObjectWriter::new().text("time_zone", &name), message);
        }
        Some(other) => wrong_type(faults, at(), "string", other),
    }
    zones.session()
}

pub fn refuse_unknown(faults: &mut Faults, at: &str, object: Object<'_>, known: &[&'static str]) {
    for (key, _) in object.iter() {
        work::step();
        if faults.is_full() {
            return;
        }
        let key = String::from_utf8_lossy(key);
        if known.contains(&key.as_ref()) {
            continue;
        }
        let (params, hint) = suggestion(JsonObjectWriter::new(), nearest(&key, known.iter().copied()));
        let hint = hint.unwrap_or_else(|| format!("the keys are {}", known.join(", ")));
        faults.add_at(below(at, &key), "query.unknown_key", params, format!("is not a key of this object; {hint}"));
    }
}

/// The nearest name, for a client and for a reader.
pub fn suggestion(params: JsonObjectWriter, near: Option<&str>) -> (JsonObjectWriter, Option<String>) {
    match near {
        Some(near) => (params.text("nearest", &shown(near)), Some(format!("perhaps you meant \"{}\"", shown(near)))),
        None => (params, None),
    }
}

#[derive(Debug, Default)]
struct Counts {
    conditions: usize,
    groups: usize,
    patterns: usize,
    /// A limit was passed; the rest of the filter is not read.
    exceeded: bool,
}

pub struct Reader<'s> {
    schema: &'s Schema,
    clock: Clock,
    pub faults: Faults,
    pub columns: Vec<QueryColumn>,
    /// One for each of `columns`, in their order.
    targets: Vec<Target<'s>>,
    /// The place in `columns` by name.
    known: HashMap<String, usize>,
    counts: Counts,
    /// What the values of the filter take.
    memory: Memory,
}

impl<'s> Reader<'s> {
    pub fn add(&mut self, at: String, code: &'static str, params: JsonObjectWriter, message: impl Into<String>) {
        self.faults.add_at(at, code, params, message);
    }

    fn filter(&mut self, value: Value<'_>, at: &str, depth: usize) -> Option<Filter> {
        work::descend();
        if self.faults.is_full() || self.counts.exceeded {
            return None;
        }
        if depth > MAX_DEPTH {
            return self.exceed(at, "max_depth", MAX_DEPTH, "must not be nested deeper than", "levels");
        }
        let Value::Object(object) = value else {
            wrong_type(&mut self.faults, at.to_owned(), "object", value);
            return None;
        };
        let mut groups = GROUP_KEYS.into_iter().filter_map(|name| Some((name, present(object, name)?)));
        let has_condition = CONDITION_KEYS.into_iter().any(|name| present(object, name).is_some());
        match (groups.next(), groups.next()) {
            (None, _) if has_condition => self.condition(object, at).map(Filter::Condition),
            (Some((name, inner)), None) if !has_condition => {
                refuse_unknown(&mut self.faults, at, object, &FILTER_KEYS);
                self.group(name, inner, at, depth)
            }
            _ => {
                let message = "must have one of \"and\", \"or\" and \"not\", or \"column\" and \"op\"";
                self.add(at.to_owned(), "query.filter", JsonObjectWriter::new(), message);
                None
            }
        }
    }

    fn group(&mut self, name: &str, value: Value<'_>, at: &str, depth: usize) -> Option<Filter> {
        self.counts.groups += 1;
        if self.counts.groups > MAX_CONDITIONS {
            return self.exceed(at, "max_groups", MAX_CONDITIONS, "must not have more than", "groups");
        }
        let at = below(at, name);
        if name == "not" {
            return self.filter(value, &at, depth + 1).map(|inner| Filter::Not(Box::new(inner)));
        }
        let Value::Array(array) = value else {
            wrong_type(&mut self.faults, at, "array", value);
            return None;
        };
        let mut members = Vec::new();
        for (index, item) in array.iter().enumerate() {
            work::step();
            if self.faults.is_full() || self.counts.exceeded {
                return None;
            }
            members.extend(self.filter(item, &format!("{at}/{index}"), depth + 1));
        }
        Some(if name == "and" { Filter::And(members) } else { Filter::Or(members) })
    }

    fn exceed<T>(&mut self, at: &str, param: &str, most: usize, what: &str, unit: &str) -> Option<T> {
        self.counts.exceeded = true;
        let message = format!("{what} {most} {unit}");
        self.add(at.to_owned(), "query.too_large", JsonObjectWriter::new().json(param, most), message);
        None
    }

    fn condition(&mut self, object: Object<'_>, at: &str) -> Option<Condition> {
        self.counts.conditions += 1;
        if self.counts.conditions > MAX_CONDITIONS {
            return self.exceed("/filter", "max_conditions", MAX_CONDITIONS, "must not have more than", "conditions");
        }
        refuse_unknown(&mut self.faults, at, object, &FILTER_KEYS);
        let column = self.required_column(object, at);
        let name = self.required_text(object, "op", at);
        let (column, name) = (column?, name?);
        let operator = self.operator(name, column, &below(at, "op"))?;
        let value = self.value(object, operator, at)?;
        let at = below(at, "value");
        if operator == Operator::Matches {
            self.counts.patterns += 1;
            if self.counts.patterns > MAX_PATTERNS {
                return self.exceed(&at, "max_patterns", MAX_PATTERNS, "must not be one of more than", "patterns");
            }
        }
        let (target, clock) = (self.targets[column], &self.clock);
        let mut reader =
            ValueReader { target, operator, clock, at, faults: &mut self.faults, memory: &mut self.memory };
        Some(Condition { column, operator, test: reader.read(value)? })
    }

    /// The value of a condition, null for an operator that takes none.
    fn value<'v>(&mut self, object: Object<'v>, operator: Operator, at: &str) -> Option<Value<'v>> {
        let value = present(object, "value");
        match (operator.is_unary(), value) {
            (true, None) => Some(Value::Null),
            (false, Some(value)) => Some(value),
            (true, Some(_)) => {
                let message = format!("must not be given to {}", operator.name());
                self.add(below(at, "value"), "query.value", JsonObjectWriter::new(), message);
                None
            }
            (false, None) => {
                let message = format!("is required by {}; is_empty finds what has no value", operator.name());
                self.add(below(at, "value"), "query.required", JsonObjectWriter::new(), message);
                None
            }
        }
    }

    fn operator(&mut self, name: &str, column: usize, at: &str) -> Option<Operator> {
        let target = self.targets[column];
        let operators = target.family.operators();
        if let Some(operator) = Operator::named(name).filter(|operator| operators.contains(operator)) {
            return Some(operator);
        }
        let names = || operators.iter().map(|operator| operator.name());
        let kind = match target.column {
            Some(column) => column.kind.as_str(),
            None if target.family == Family::Text => "text",
            // The other fields have the names of their types.
            None => self.columns[column].name.as_str(),
        };
        let name = shown(name);
        let params = JsonObjectWriter::new().text("operator", &name).text("type", kind).list("operators", names());
        let message = format!("must be an operator of type {kind}, not \"{name}\"");
        let (params, hint) = suggestion(params, nearest(&name, names()));
        let listed = format!("the operators are {}", names().collect::<Vec<_>>().join(", "));
        // The nearest name may mean the opposite.
        let hint = hint.map_or_else(|| listed.clone(), |hint| format!("{hint}; {listed}"));
        self.add(at.to_owned(), "query.unknown_operator", params, format!("{message}; {hint}"));
        None
    }

    pub fn required_text<'v>(&mut self, object: Object<'v>, name: &str, at: &str) -> Option<&'v str> {
        match present(object, name) {
            Some(value) => {
                let text = value.as_str();
                if text.is_none() {
                    wrong_type(&mut self.faults, below(at, name), "string", value);
                }
                text
            }
            None => {
                self.add(below(at, name), "query.required", JsonObjectWriter::new(), "is required");
                None
            }
        }
    }

    fn required_column(&mut self, object: Object<'_>, at: &str) -> Option<usize> {
        let name = self.required_text(object, "column", at)?;
        self.column(name, below(at, "column"))
    }

    /// The place in `columns` of the column of a name or an id.
    pub fn column(&mut self, name: &str, at: String) -> Option<usize> {
        let found = self.known.get(name).copied().or_else(|| {
            let (column, target) = self.find(name)?;
            let place = self.place(column, target);
            self.known.insert(name.to_owned(), place);
            Some(place)
        });
        if found.is_none() && !self.faults.is_full() {
            let schema = self.schema;
            let own = OWN_FIELDS.iter().map(|(name, ..)| *name).chain(Common::ALL.map(Common::name));
            let near = nearest(name, schema.columns.iter().map(|column| column.name.as_str()).chain(own));
            let name = shown(name);
            let (params, hint) = suggestion(JsonObjectWriter::new().text("column", &name), near);
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            let message = format!("names \"{name}\", which is not a column of this table{hint}");
            self.add(at, "query.unknown_column", params, message);
        }
        found
    }

    /// The place of a field of the relation, whatever the schema's columns are called.
    fn own_field(&mut self, name: &str) -> Option<usize> {
        let (_, path, family) = OWN_FIELDS.iter().find(|(own, ..)| *own == name)?;
        Some(self.place(
            QueryColumn { path: path.clone(), name: name.to_owned(), family: *family, target: None },
            Target { family: *family, column: None, schema: self.schema },
        ))
    }

    /// The place in `columns`; one column may be named in several ways.
    fn place(&mut self, column: QueryColumn, target: Target<'s>) -> usize {
        self.columns.iter().position(|known| known.path == column.path).unwrap_or_else(|| {
            self.columns.push(column);
            self.targets.push(target);
            self.columns.len() - 1
        })
    }

    fn find(&self, name: &str) -> Option<(QueryColumn, Target<'s>)> {
        let schema = self.schema;
        let of_column = |column: &'s Column| {
            let target = match &column.rule {
                Rule::Link(Link { target, .. }) => target.clone(),
                _ => None,
            };
            let (path, family) = (FieldPath::Column(column.key_id.clone()), Family::of_column(column));
            let found = QueryColumn { path, name: column.name.clone(), family, target };
            (found, Target { family, column: Some(column), schema })
        };
        let of_field = |name: &str, path: FieldPath, family: Family| {
            let found = QueryColumn { path, name: name.to_owned(), family, target: None };
            (found, Target { family, column: None, schema })
        };
        if let Some(column) = schema.named(name) {
            return Some(of_column(column));
        }
        if let Some(common) = Common::named(name) {
            return Some(of_field(name, FieldPath::Common(common), Family::of_common(common)));
        }
        if let Some((_, path, family)) = OWN_FIELDS.iter().find(|(own, ..)| *own == name) {
            return Some(of_field(name, path.clone(), *family));
        }
        schema.column_formerly(name).map(of_column)
    }

    fn column_list(&mut self, value: Value<'_>, at: &str) -> Vec<usize> {
        let Some(array) = self.array(value, at, MAX_VALUES) else { return Vec::new() };
        let mut list = Vec::new();
        for (index, item) in array.iter().enumerate() {
            work::step();
            if self.faults.is_full() {
                break;
            }
            let at = format!("{at}/{index}");
            match item.as_str() {
                // Every record has its id.
                Some("id") if self.find("id").is_none() => {}
                Some(name) => list.extend(self.column(name, at)),
                None => wrong_type(&mut self.faults, at, "string", item),
            }
        }
        list
    }

    pub fn array<'v>(&mut self, value: Value<'v>, at: &str, most: usize) -> Option<Array<'v>> {
        match value {
            Value::Array(array) if array.len() > most => {
                let message = format!("must have at most {most} elements, not {}", array.len());
                self.add(at.to_owned(), "query.too_large", JsonObjectWriter::new().json("max", most), message);
                None
            }
            Value::Array(array) => Some(array),
            other => {
                wrong_type(&mut self.faults, at.to_owned(), "array", other);
                None
            }
        }
    }

    fn expand(&mut self, query: Object<'_>) -> Vec<usize> {
        let Some(value) = present(query, "expand") else { return Vec::new() };
        let before = self.faults.len();
        let list = self.column_list(value, "/expand");
        if self.faults.len() > before {
            return list;
        }
        for (index, column) in list.iter().enumerate() {
            work::step();
            if self.columns[*column].target.is_none() {
                let message = format!("names {}, which is not a reference", self.columns[*column].name);
                self.add(format!("/expand/{index}"), "query.not_expandable", JsonObjectWriter::new(), message);
            }
        }
        list
    }

    /// The sort list; without one the oldest records come first.
    fn sort(&mut self, query: Object<'_>) -> Vec<SortEntry> {
        let mut entries = self.given_sort(query);
        if entries.is_empty()
            && self.faults.is_empty()
            && let Some(column) = self.own_field("created_at")
        {
            let (direction, by) = (Direction::Ascending, SortBy::Value);
            entries.push(SortEntry { column, direction, by, empty_first: false });
        }
        entries
    }

    fn given_sort(&mut self, query: Object<'_>) -> Vec<SortEntry> {
        let Some(value) = present(query, "sort") else { return Vec::new() };
        let Some(array) = self.array(value, "/sort", MAX_SORT) else { return Vec::new() };
        let mut entries = Vec::new();
        for (index, item) in array.iter().enumerate() {
            work::step();
            let at = format!("/sort/{index}");
            match item {
                Value::Object(object) => entries.extend(self.sort_entry(object, &at)),
                other => wrong_type(&mut self.faults, at, "object", other),
            }
        }
        entries
    }

    fn sort_entry(&mut self, object: Object<'_>, at: &str) -> Option<SortEntry> {
        refuse_unknown(&mut self.faults, at, object, &SORT_KEYS);
        let column = self.required_column(object, at);
        let is_descending = self.one_of(object, "direction", ["asc", "desc"], at);
        let is_by_name = self.one_of(object, "by", ["option", "name"], at);
        let empty_last = self.one_of(object, "empty", ["first", "last"], at);
        let column = column?;
        let (family, name) = (self.columns[column].family, self.columns[column].name.clone());
        if !family.can_be_sorted() {
            let message = format!("names {name}, by which records cannot be sorted");
            self.add(below(at, "column"), "query.unsortable", JsonObjectWriter::new(), message);
        }
        let has_options = matches!(family, Family::Choice | Family::Choices);
        if is_by_name.is_some() && !has_options {
            let message = format!("is for columns with choices, which {name} does not have");
            self.add(below(at, "by"), "query.value", JsonObjectWriter::new(), message);
        }
        Some(SortEntry {
            column,
            direction: if is_descending == Some(true) { Direction::Descending } else { Direction::Ascending },
            by: if has_options && is_by_name != Some(true) { SortBy::Option } else { SortBy::Value },
            empty_first: empty_last == Some(false),
        })
    }

    /// Whether a member is the second of two words; none if it is not given or is neither.
    fn one_of(&mut self, object: Object<'_>, name: &str, words: [&str; 2], at: &str) -> Option<bool> {
        let value = present(object, name)?;
        let found = words.iter().position(|word| value.as_str() == Some(word));
        if found.is_none() {
            let message = format!("must be \"{}\" or \"{}\"", words[0], words[1]);
            self.add(below(at, name), "query.value", JsonObjectWriter::new(), message);
        }
        found.map(|index| index == 1)
    }

    fn text<'v>(&mut self, query: Object<'v>, name: &str) -> Option<&'v str> {
        let value = present(query, name)?;
        let text = value.as_str();
        if text.is_none() {
            wrong_type(&mut self.faults, below("", name), "string", value);
        }
        text
    }

    fn limit(&mut self, query: Object<'_>) -> Option<u32> {
        let value = present(query, "limit")?;
        let limit = count(value).filter(|limit| (1..=MAX_LIMIT).contains(limit));
        if limit.is_none() {
            let message = format!("must be a whole number from 1 to {MAX_LIMIT}");
            self.add("/limit".to_owned(), "query.value", JsonObjectWriter::new().json("max", MAX_LIMIT), message);
        }
        limit
    }
}
