//! Random queries over random records: the evaluator and the sorter say what the plain ones say.
use super::oracle::Oracle;
use super::{Named, Row, read, schema};
use crate::core::index::{IndexColumn, RecordIndex};
use crate::core::jsonb::Value;
use crate::core::query::ranges::{answer, is_whole_filter, required};
use crate::core::query::{Evaluator, Family, Sorter};
use crate::core::random::Random;
use crate::core::schema::Column;
use serde_json::{Value as Json, json};
use std::collections::HashMap;

const NOW: &str = "2024-10-26T22:30:00Z";
const STATUSES: [&str; 3] = ["new", "進行中", "done"];

/// A column of each type, and of each option that changes what a value is.
fn columns() -> Vec<Json> {
    let choices = json!({"choices": [
        {"id": "c1", "name": "Won"}, "lost", {"id": "c3", "name": "保留 2"}, "保留 10", {"name": "old", "archived": true}]});
    let table = json!({"table_id": "00000000-0000-4000-8000-0000000000ff"});
    let tables = json!({"table_id": "00000000-0000-4000-8000-0000000000ff", "multiple": true});
    let columns = [
        ("name", "text", json!({})),
        ("note", "text", json!({"keep_empty": true})),
        ("body", "long_text", json!({})),
        ("mail", "email", json!({})),
        ("site", "url", json!({})),
        ("tel", "phone", json!({"default_region": "JP"})),
        ("count", "integer", json!({})),
        ("size", "number", json!({})),
        ("exact", "decimal", json!({})),
        ("price", "currency", json!({"currency": "JPY"})),
        ("share", "percent", json!({})),
        ("open", "boolean", json!({})),
        ("due", "date", json!({})),
        ("at", "time", json!({})),
        ("begins", "datetime", json!({})),
        ("takes", "duration", json!({})),
        ("stage", "select", choices.clone()),
        ("tags", "multi_select", choices),
        ("status", "status", json!({})),
        ("stars", "rating", json!({})),
        ("owner", "user", json!({})),
        ("members", "user", json!({"multiple": true})),
        ("key", "uuid", json!({})),
        ("place", "reference", table),
        ("places", "reference", tables),
        ("extra", "json", json!({})),
        ("files", "attachment", json!({})),
        ("address", "address", json!({})),
        ("added", "created_at", json!({})),
        ("changed", "updated_at", json!({})),
        ("author", "created_by", json!({})),
        ("number", "autonumber", json!({})),
    ];
    let column = |(index, (name, kind, options)): (usize, (&str, &str, Json))| json!({"id": format!("00000000-0000-4000-8000-0000000001{index:02}"), "name": name, "type": kind, "options": options});
    columns.into_iter().enumerate().map(column).collect()
}

/// Fields that the schema has no column for, with their types.
const FIELDS: [(&str, &str); 5] = [
    ("email", "text"),
    ("company", "text"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("created_by", "created_by"),
];

const TEXTS: [&str; 14] = [
    "Sato",
    "ＳＡＴＯ",
    "sato ltd",
    " Sato  Ltd ",
    "佐藤商店",
    "東京-佐藤",
    "file 2",
    "file 10",
    "file 010",
    "ﾊﾟｰﾃｨｰ",
    "パーティー",
    "É 1",
    "é 1",
    "a@sato.example",
];
const PARTS: [&str; 9] = ["sato", "Ltd", "佐藤", "SATO ", "1", "ﾊﾟｰ", "É", "file", "商店"];
const NUMBERS: [&str; 13] = [
    "0",
    "1",
    "2",
    "-3",
    "-4.5",
    "0.1",
    "0.10",
    "10000",
    "10001",
    "12345678901234567890123.5",
    "12345678901234567890124",
    "120000000",
    "99990000.0001",
];
const DATES: [&str; 12] = [
    "2024-10-26",
    "2024-10-27",
    "2024-10-28",
    "2024-10-25",
    "2024-09-30",
    "2024-10-01",
    "2024-10-20",
    "2024-10-21",
    "2023-12-31",
    "2025-01-15",
    "2024-02-29",
    "2024-11-09",
];
const TIMES: [&str; 5] = ["09:30", "09:30:00", "10:00", "23:59:59.5", "00:00"];
const INSTANTS: [&str; 13] = [
    "2024-10-26T22:30:00Z",
    "2024-10-26T21:59:59Z",
    "2024-10-26T22:00:00Z",
    "2024-10-27T00:30:00+02:00",
    "2024-10-27T23:00:00Z",
    "2024-10-27T22:59:59.999999Z",
    "2024-10-26T15:00:00Z",
    "2024-09-30T22:30:00Z",
    "2023-12-31T23:30:00Z",
    "2024-04-25T22:00:00Z",
    "2024-11-03T04:30:00Z",
    "2024-10-15T12:00:00Z",
    "2025-01-15T00:00:00Z",
];
const PHONES: [&str; 4] = ["03-1234-5678", "+81 3 1234 5678", "090 1111 2222", "0312345679"];
const CHOICES: [&str; 5] = ["Won", "lost", "保留 2", "保留 10", "old"];

fn one_in(random: &mut Random, count: usize) -> bool {
    random.next().is_multiple_of(count)
}

fn id(random: &mut Random) -> String {
    let id = format!("00000000-0000-4000-8000-00000000000{}", random.next() % 4);
    if one_in(random, 4) { id.to_uppercase() } else { id }
}

fn one_of(random: &mut Random, texts: &[&str]) -> Json {
    json!(texts[random.next() % texts.len()])
}

fn number(random: &mut Random) -> Json {
    serde_json::from_str(NUMBERS[random.next() % NUMBERS.len()]).unwrap()
}

fn several(random: &mut Random, most: usize, mut one: impl FnMut(&mut Random) -> Json) -> Json {
    let count = random.next() % (most + 1);
    let mut list: Vec<Json> = Vec::new();
    for _ in 0..count {
        let value = one(random);
        if !list.contains(&value) {
            list.push(value);
        }
    }
    json!(list)
}

/// A value of a type, or one that a column of another type left there.
fn value(random: &mut Random, kind: &str, multiple: bool) -> Json {
    match random.next() % 20 {
        0 | 1 => return Json::Null,
        2 => return json!(""),
        3 => return json!([]),
        4 if kind == "text" => return json!("  "),
        5 => return [json!(5), json!("x"), json!(true), json!({"a": 1}), json!(["x", 1])][random.next() % 5].clone(),
        _ => {}
    }
    match kind {
        "text" | "long_text" | "email" | "url" => one_of(random, &TEXTS),
        "phone" => one_of(random, &PHONES),
        "boolean" => json!(one_in(random, 2)),
        "date" => one_of(random, &DATES),
        "time" => one_of(random, &TIMES),
        "datetime" => one_of(random, &INSTANTS),
        "select" => one_of(random, &CHOICES),
        "multi_select" => several(random, 4, |random| one_of(random, &CHOICES)),
        "status" => one_of(random, &STATUSES),
        "user" | "uuid" | "reference" if multiple => several(random, 3, |random| json!(id(random))),
        "user" | "uuid" | "reference" => json!(id(random)),
        "json" | "address" => json!({"city": "Tokyo"}),
        "attachment" => several(random, 3, |random| {
            let types = ["image/png", "IMAGE/JPEG; q=1", "application/pdf"];
            json!({"name": one_of(random, &TEXTS), "type": one_of(random, &types), "url": "/a"})
        }),
        _ => number(random),
    }
}

fn row(random: &mut Random, columns: &[Json], id_byte: u8) -> Row {
    let mut values = json!({});
    for column in columns {
        let (name, kind) = (column["name"].as_str().unwrap(), column["type"].as_str().unwrap());
        let is_own = matches!(kind, "created_at" | "updated_at" | "created_by");
        if !is_own && !one_in(random, 8) {
            values[name] = value(random, kind, column["options"]["multiple"] == true);
        }
    }
    for (name, texts) in [("email", &TEXTS[..]), ("company", &TEXTS), ("name", &TEXTS), ("status", &STATUSES)] {
        values[name] = match random.next() % 6 {
            0 => Json::Null,
            1 => json!(""),
            _ => one_of(random, texts),
        };
    }
    values["created_at"] = one_of(random, &INSTANTS);
    values["updated_at"] = one_of(random, &INSTANTS);
    values["created_by"] = if one_in(random, 5) { Json::Null } else { json!(id(random).to_lowercase()) };
    Row::new(id_byte, values)
}

fn count(random: &mut Random) -> Json {
    json!(random.next() % 40)
}

fn edge(random: &mut Random, has_times: bool) -> Json {
    let unit = ["day", "week", "month", "year"][random.next() % 4];
    match random.next() % 8 {
        0 => json!("today"),
        1 => json!("yesterday"),
        2 => json!("tomorrow"),
        3 => json!({"ago": count(random), "unit": unit}),
        4 => json!({"from_now": count(random), "unit": unit}),
        5 | 6 if has_times => one_of(random, &INSTANTS),
        _ => one_of(random, &DATES),
    }
}

fn span(random: &mut Random, operator: &str, has_times: bool) -> Json {
    let (unit, period) =
        (["day", "week", "month", "year"][random.next() % 4], ["week", "month", "quarter", "year"][random.next() % 4]);
    match random.next() % 9 {
        0 => json!({"past": count(random), "unit": unit}),
        1 => json!({"next": count(random), "unit": unit}),
        2 => json!({"this": period}),
        3 => json!({"last": period}),
        4 => json!({"next": period}),
        5 if operator.starts_with("is") => json!({"day_of_month": 1 + random.next() % 31}),
        6 => json!({"from": edge(random, has_times), "to": edge(random, has_times)}),
        _ => edge(random, has_times),
    }
}

/// A value for an operator on a column of a type.
fn asked(random: &mut Random, kind: &str, operator: &str) -> Json {
    let one = |random: &mut Random| match kind {
        "text" | "long_text" | "email" | "url" => one_of(random, &TEXTS),
        "phone" => one_of(random, &PHONES),
        // By name, by id, and in another form.
        "select" | "multi_select" => one_of(random, &["Won", "c1", "ＷＯＮ", "lost", "c3", "保留 10", "old", "Lost "]),
        "status" => one_of(random, &["new", "NEW", "進行中", "done"]),
        _ => json!(id(random)),
    };
    match operator {
        "any_of" | "none_of" | "has_any" | "has_all" | "has_none" | "exactly" => several(random, 3, one),
        "contains" | "not_contains" | "starts_with" | "ends_with" | "contains_word" | "filename_contains" => {
            let parts = match kind {
                "reference" => &["hotel", "青山", "1", "å"][..],
                "phone" => &["03", "1234 ", "5678", "+81", "2222"],
                _ => &PARTS,
            };
            one_of(random, parts)
        }
        "matches" => one_of(random, &["^[A-Z]", "[0-9]+$", "佐藤", " "]),
        "length_lt" | "length_gt" => json!(random.next() % 12),
        "files_lt" | "files_gt" => json!(random.next() % 3),
        "has_file_type" => one_of(random, &["image/*", "image/png", "Application/PDF", "text/*"]),
        "between" => json!([number(random), number(random)]),
        "=" | "!=" | "<" | "<=" | ">" | ">=" => number(random),
        _ => match kind {
            "boolean" => json!(one_in(random, 2)),
            "time" => one_of(random, &TIMES),
            "date" => span(random, operator, false),
            "datetime" | "created_at" | "updated_at" => span(random, operator, true),
            _ => one(random),
        },
    }
}

struct Generator<'g> {
    columns: &'g [Json],
    operators: &'g HashMap<String, Vec<&'static str>>,
}

impl Generator<'_> {
    /// A column by its name or its id, with its name and its type.
    fn column(&self, random: &mut Random) -> (String, String, String) {
        let at = random.next() % (self.columns.len() + FIELDS.len());
        match self.columns.get(at) {
            Some(column) => {
                let text = |key: &str| column[key].as_str().unwrap().to_owned();
                let given = if one_in(random, 4) { text("id") } else { text("name") };
                (given, text("name"), text("type"))
            }
            None => {
                let (name, kind) = FIELDS[at - self.columns.len()];
                (name.to_owned(), name.to_owned(), kind.to_owned())
            }
        }
    }

    fn condition(&self, random: &mut Random) -> Json {
        let (given, name, kind) = self.column(random);
        let operators = &self.operators[&name];
        let operator = operators[random.next() % operators.len()];
        self.condition_with(random, &given, &kind, operator)
    }

    fn condition_with(&self, random: &mut Random, given: &str, kind: &str, operator: &str) -> Json {
        match operator {
            "is_empty" | "is_not_empty" | "is_even" | "is_whole" => json!({"column": given, "op": operator}),
            _ => json!({"column": given, "op": operator, "value": asked(random, kind, operator)}),
        }
    }

    fn filter(&self, random: &mut Random, depth: usize) -> Json {
        let group = |random: &mut Random| -> Vec<Json> {
            (0..random.next() % 4).map(|_| self.filter(random, depth + 1)).collect()
        };
        match random.next() % (3 + 2 * depth) {
            0 => json!({"and": group(random)}),
            1 => json!({"or": group(random)}),
            2 => json!({"not": self.filter(random, depth + 1)}),
            _ => self.condition(random),
        }
    }

    fn sort(&self, random: &mut Random) -> Json {
        let mut entries = Vec::new();
        for _ in 0..1 + random.next() % 2 {
            let (given, _, kind) = self.column(random);
            if matches!(kind.as_str(), "json" | "address" | "attachment") {
                continue;
            }
            let direction = one_of(random, &["asc", "desc"]);
            let mut entry = json!({"column": given, "direction": direction});
            if matches!(kind.as_str(), "select" | "multi_select" | "status") {
                entry["by"] = one_of(random, &["option", "name"]);
            }
            if one_in(random, 2) {
                entry["empty"] = one_of(random, &["first", "last"]);
            }
            entries.push(entry);
        }
        json!(entries)
    }
}

/// The operators of each column and field.
fn operators(columns: &[Json], schema: &crate::core::schema::Schema) -> HashMap<String, Vec<&'static str>> {
    let names = |family: Family| family.operators().iter().map(|operator| operator.name()).collect::<Vec<_>>();
    let families = columns.iter().map(|column| {
        let column = schema.column(column["name"].as_str().unwrap()).unwrap();
        (column.name.clone(), names(Family::of_column(column)))
    });
    let fields = FIELDS.into_iter().map(|(name, kind)| {
        let family = match kind {
            "text" => Family::Text,
            "created_by" => Family::Id,
            _ => Family::Instant,
        };
        (name.to_owned(), names(family))
    });
    families.chain(fields).collect()
}

const TIMES_EACH: usize = 6;
const GROUPS: usize = 400;
/// So many records are tried with each filter.
const RECORDS: usize = 10;

#[test]
fn the_evaluator_says_what_the_oracle_says() {
    let columns = columns();
    let definition = json!({"columns": columns, "statuses": STATUSES.map(|name| json!({"name": name}))});
    let schema = schema(&definition.to_string());
    let operators = operators(&columns, &schema);
    let generator = Generator { columns: &columns, operators: &operators };
    let oracle = Oracle { columns: &columns, statuses: &STATUSES, now: NOW };
    let mut random = Random(18);
    let rows: Vec<Row> = (0..120).map(|n| row(&mut random, &columns, n)).collect();
    // Every operator of every column, several times, and groups of them.
    let mut filters = Vec::new();
    let fields = FIELDS.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    let named = columns.iter().map(|column| ["name", "type"].map(|key| column[key].as_str().unwrap().to_owned()));
    for (name, kind) in named.map(|[name, kind]| (name, kind)).chain(fields) {
        for operator in &operators[&name] {
            for _ in 0..TIMES_EACH {
                filters.push(generator.condition_with(&mut random, &name, &kind, operator));
            }
        }
    }
    filters.extend((0..GROUPS).map(|_| generator.filter(&mut random, 0)));
    let mut seen: HashMap<(String, String), [bool; 2]> = HashMap::new();
    let mut read_queries = 0;
    for filter in &filters {
        let zone = ["UTC", "Asia/Tokyo", "Europe/Berlin", "Africa/Cairo", "America/Havana"][random.next() % 5];
        let query = match read(&schema, &json!({"filter": filter, "time_zone": zone}).to_string(), NOW) {
            Ok(query) => query,
            Err(faults) => {
                // Two random bounds may lie the wrong way round.
                let is_order =
                    |message: &str| message.contains("must not begin above") || message.contains("must not end before");
                assert!(faults.iter().all(|fault| is_order(&fault.message)), "{filter} {faults:?}");
                continue;
            }
        };
        read_queries += 1;
        let mut evaluator = Evaluator::new(&query, &schema).unwrap();
        for _ in 0..RECORDS {
            let row = &rows[random.next() % rows.len()];
            let found = evaluator.matches(&row.record(), &Named);
            assert_eq!(found, oracle.holds(filter, &row.values, zone), "{filter} {zone} {}", row.values);
            if let (Some(column), Some(operator)) = (filter["column"].as_str(), filter["op"].as_str()) {
                seen.entry((column.to_owned(), operator.to_owned())).or_default()[usize::from(found)] = true;
            }
        }
    }
    assert!(read_queries * 10 > filters.len() * 9, "{read_queries} of {}", filters.len());
    // Each was seen to hold for one record and not to hold for another. The server fills its own fields, so they are never empty.
    seen.retain(|(column, operator), sides| {
        let is_own = ["created_at", "updated_at", "added", "changed"].contains(&column.as_str());
        *sides != [true, true] && !(is_own && operator.contains("empty"))
    });
    assert!(seen.is_empty(), "always or never: {seen:?}");
}

#[test]
fn the_sorter_orders_as_the_oracle_does() {
    let columns = columns();
    let definition = json!({"columns": columns, "statuses": STATUSES.map(|name| json!({"name": name}))});
    let schema = schema(&definition.to_string());
    let operators = operators(&columns, &schema);
    let generator = Generator { columns: &columns, operators: &operators };
    let oracle = Oracle { columns: &columns, statuses: &STATUSES, now: NOW };
    let mut random = Random(19);
    let rows: Vec<Row> = (0..60).map(|n| row(&mut random, &columns, n)).collect();
    for _ in 0..250 {
        let sort = generator.sort(&mut random);
        let sort = if sort == json!([]) { json!([{"column": "created_at"}]) } else { sort };
        let sort = if sort == json!([]) { json!([{"column": "created_at"}]) } else { sort };
        let query = read(&schema, &json!({"sort": sort}).to_string(), NOW).unwrap();
        let sorter = Sorter::new(&query, &schema).unwrap();
        let keys: Vec<_> = rows.iter().map(|row| sorter.key(&row.record(), &Named)).collect();
        for _ in 0..60 {
            let (one, other) = (random.next() % rows.len(), random.next() % rows.len());
            let expected = oracle.compare(&sort, (&rows[one].values, one as u8), (&rows[other].values, other as u8));
            let found = sorter.compare(&keys[one], &keys[other]);
            assert_eq!(found, expected, "{sort} {} {}", rows[one].values, rows[other].values);
        }
    }
}

fn stored<'r>(column: &Column, row: &'r Row) -> Option<Value<'r>> {
    match column.common {
        Some(common) => row.record().common[common as usize].map(|text| Value::String(text.as_bytes())),
        None => column.value_in(row.record().data),
    }
}

/// For each condition on each column: a record that meets it has a key in the ranges of an index on that column, and where no range says that it
/// may hold more, only such a record has.
#[test]
fn ranges_hold_the_records_that_conditions_mean() {
    let columns = columns();
    let definition = json!({"columns": columns, "statuses": STATUSES.map(|name| json!({"name": name}))});
    let schema = schema(&definition.to_string());
    let operators = operators(&columns, &schema);
    let generator = Generator { columns: &columns, operators: &operators };
    let mut random = Random(181);
    let rows: Vec<Row> = (0..60).map(|n| row(&mut random, &columns, n)).collect();
    let (mut answered, mut exact) = (0, 0);
    for column in &columns {
        let [name, kind] = ["name", "type"].map(|key| column[key].as_str().unwrap());
        let known = schema.column(name).unwrap();
        let Some(ascending) = IndexColumn::new(&known.rule) else { continue };
        for index_column in
            [ascending, ascending.descending(), ascending.empty_first(), ascending.descending().empty_first()]
        {
            let index = RecordIndex::new(7, vec![index_column]).unwrap();
            let keys: Vec<Vec<Vec<u8>>> = rows
                .iter()
                .map(|row| {
                    let value = stored(known, row);
                    index.keys(&[value])
                })
                .collect();
            for operator in operators[name].iter().flat_map(|operator| [operator; 4]) {
                let filter = generator.condition_with(&mut random, name, kind, operator);
                let Ok(query) = read(&schema, &json!({"filter": filter}).to_string(), NOW) else { continue };
                let required = required(&query);
                let Some(answer) = answer(&index, std::slice::from_ref(&known.key_id), &query, &required) else {
                    continue;
                };
                answered += 1;
                let is_exact = is_whole_filter(&query, &answer);
                exact += usize::from(is_exact);
                let mut evaluator = Evaluator::new(&query, &schema).unwrap();
                for (row, keys) in rows.iter().zip(&keys) {
                    let holds = keys.iter().any(|key| answer.ranges.iter().any(|range| range.contains(key)));
                    let meets = evaluator.matches(&row.record(), &Named);
                    assert!(holds == meets || holds && !is_exact, "{filter} {} {holds}", row.values[name]);
                }
                assert!(answer.ranges.windows(2).all(|ranges| ranges[0].upper < ranges[1].lower), "{filter}");
            }
        }
    }
    assert!(answered > 1_500 && exact > 1_000, "{answered} {exact}");
}
