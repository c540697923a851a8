//! What is refused: every problem at once, with its path, its code and the nearest name.
use super::{read, schema};
use crate::core::fault::to_json;
use crate::core::query::{Direction, FieldPath, SortEntry};
use crate::core::query::{MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES};
use crate::core::work::probe::{refusal, with_room};
use serde_json::{Value as Json, json};

const SCHEMA: &str = r#"{"columns":[
    {"id":"00000000-0000-4000-8000-000000000001","name":"city","type":"text"},
    {"id":"col_2","name":"amount","type":"number"},
    {"name":"due","type":"date"},
    {"name":"begins","type":"datetime"},
    {"name":"open","type":"boolean"},
    {"name":"stage","type":"select","options":{"choices":["won","lost"]}},
    {"name":"owner","type":"user"},
    {"name":"lead","type":"reference","options":{"table_id":"00000000-0000-4000-8000-00000000000a"}},
    {"name":"files","type":"attachment"},
    {"name":"tel","type":"phone"},
    {"name":"at","type":"time"},
    {"name":"extra","type":"json"}]}"#;

fn problems(query: &Json) -> Vec<Json> {
    let schema = schema(SCHEMA);
    match read(&schema, &query.to_string(), "2024-10-27T12:00:00Z") {
        Ok(_) => Vec::new(),
        Err(faults) => serde_json::from_str(&to_json(&faults)).unwrap(),
    }
}

/// The path, the code and the message of each problem.
fn told(query: &Json) -> Vec<String> {
    let text = |problem: &Json, key: &str| problem[key].as_str().unwrap().to_owned();
    problems(query).iter().map(|problem| ["path", "code", "message"].map(|key| text(problem, key)).join(" ")).collect()
}

fn condition(column: &str, operator: &str, value: Json) -> Json {
    json!({"filter": {"column": column, "op": operator, "value": value}})
}

#[test]
fn a_whole_query() {
    let query = json!({
        "filter": {"and": [{"column": "stage", "op": "any_of", "value": ["won"]},
            {"or": [{"column": "due", "op": "within", "value": {"next": 14, "unit": "day"}},
                {"not": {"column": "city", "op": "is_empty"}}]}]},
        "search": "佐藤", "sort": [{"column": "stage", "by": "option"}, {"column": "amount", "direction": "desc"}],
        "limit": 50, "after": "x", "fields": ["name", "amount"], "time_zone": "Asia/Tokyo", "expand": ["lead"]});
    let schema = schema(SCHEMA);
    let query = read(&schema, &query.to_string(), "2024-10-27T12:00:00Z").unwrap();
    let names: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["stage", "due", "city", "amount", "name", "lead"]);
    assert_eq!((query.search.as_deref(), query.limit, query.after.as_deref()), (Some("佐藤"), Some(50), Some("x")));
    assert_eq!((query.fields.unwrap(), query.expand), (vec![4, 3], vec![5]));
    assert_eq!(query.zone.offset(0), 9 * 3600);
    let nothing = json!({"filter": null, "search": " ", "sort": null, "limit": null, "fields": null, "expand": null, "time_zone": null});
    let query = read(&schema, &nothing.to_string(), "2024-10-27T12:00:00Z").unwrap();
    let [SortEntry { column: 0, direction: Direction::Ascending, .. }] = query.sort[..] else { panic!("{query:?}") };
    assert_eq!(query.columns[0].path, FieldPath::CreatedAt);
    assert!(query.filter.is_none() && query.search.is_none() && query.fields.is_none());
}

#[test]
fn every_problem_at_once() {
    let query = json!({
        "filter": {"and": [
            {"column": "citty", "op": "is", "value": "x"},
            {"column": "city", "op": "contians", "value": "x"},
            {"column": "stage", "op": "any_of", "value": ["won", "lots", 1]},
            {"column": "amount", "op": "between", "value": [2, 1]},
            {"or": {"column": "city"}}, {"not": []}, {"and": [], "or": []}, {"column": "city"}, 5]},
        "sort": [{"column": "files"}, {"column": "amount", "by": "name"}, {"column": "city", "direction": "down", "empty": 1, "order": 1}, "x"],
        "limit": 0, "fields": ["owner", "x/y"], "expand": ["city"], "time_zone": "Asia/Tokio", "serach": "x", "after": 5});
    let expected = [
        "/serach query.unknown_key is not a key of this object; perhaps you meant \"search\"",
        "/time_zone query.unknown_time_zone names no time zone: \"Asia/Tokio\" is none such as Asia/Tokyo or UTC",
        "/filter/and/0/column query.unknown_column names \"citty\", which is not a column of this table; perhaps you meant \"city\"",
        "/filter/and/1/op query.unknown_operator must be an operator of type text, not \"contians\"; perhaps you meant \"contains\"; the operators are is_empty, is_not_empty, is, is_not, contains, not_contains, starts_with, ends_with, contains_word, any_of, none_of, length_lt, length_gt, matches",
        "/filter/and/2/value/1 query.unknown_choice has no choice \"lots\"; perhaps you meant \"lost\"",
        "/filter/and/2/value/2 query.type must be a string, not a number",
        "/filter/and/3/value query.value must not begin above its end, 2 above 1",
        "/filter/and/4/or query.type must be an array, not an object",
        "/filter/and/5/not query.type must be an object, not an array",
        "/filter/and/6 query.filter must have one of \"and\", \"or\" and \"not\", or \"column\" and \"op\"",
        "/filter/and/7/op query.required is required",
        "/filter/and/8 query.type must be an object, not a number",
        "/sort/0/column query.unsortable names files, by which records cannot be sorted",
        "/sort/1/by query.value is for columns with choices, which amount does not have",
        "/sort/2/order query.unknown_key is not a key of this object; the keys are column, direction, by, empty",
        "/sort/2/direction query.value must be \"asc\" or \"desc\"",
        "/sort/2/empty query.value must be \"first\" or \"last\"",
        "/sort/3 query.type must be an object, not a string",
        "/fields/1 query.unknown_column names \"x/y\", which is not a column of this table",
        "/expand/0 query.not_expandable names city, which is not a reference",
        "/after query.type must be a string, not a number",
        "/limit query.value must be a whole number from 1 to 10000",
    ];
    assert_eq!(told(&query), expected);
    assert_eq!(told(&json!([])), [" query.type must be an object, not an array"]);
}

#[test]
fn problems_have_parameters_for_programs() {
    let found = problems(&condition("open", "si", json!(true)));
    let params =
        json!({"operator": "si", "type": "boolean", "operators": ["is_empty", "is_not_empty", "is"], "nearest": "is"});
    assert_eq!(found[0]["params"], params);
    let found = problems(&condition("created_at", "contains", json!("x")));
    assert_eq!(found[0]["params"]["type"], "created_at");
    let found = problems(&condition("creatd_at", "is", json!("today")));
    assert_eq!(found[0]["params"], json!({"column": "creatd_at", "nearest": "created_at"}));
    let found = problems(&condition("stage", "is", json!("wonn")));
    assert_eq!(found[0]["params"], json!({"value": "wonn", "nearest": "won"}));
}

#[test]
fn values_have_the_form_that_the_type_asks_for() {
    for (column, operator, value, expected) in [
        ("city", "is", json!(5), "/filter/value query.type must be a string, not a number"),
        ("city", "is", json!(null), "/filter/value query.required is required by is; is_empty finds what has no value"),
        ("city", "is_empty", json!("x"), "/filter/value query.value must not be given to is_empty"),
        ("city", "contains", json!(" "), "/filter/value query.value must not be empty"),
        ("city", "any_of", json!("x"), "/filter/value query.type must be an array, not a string"),
        ("city", "length_lt", json!(-1), "/filter/value query.value must be a whole number from 0 to 4294967295"),
        ("city", "length_lt", json!(1.5), "/filter/value query.value must be a whole number from 0 to 4294967295"),
        ("city", "matches", json!("("), "/filter/value query.pattern is not a regular expression"),
        (
            "city",
            "=",
            json!("x"),
            "/filter/op query.unknown_operator must be an operator of type text, not \"=\"; the operators are",
        ),
        ("amount", "=", json!("5"), "/filter/value query.type must be a number, not a string"),
        ("amount", "between", json!([1]), "/filter/value query.value must be an array of two numbers, such as [1, 10]"),
        ("open", "is", json!("true"), "/filter/value query.type must be a boolean, not a string"),
        ("owner", "is", json!("me"), "/filter/value query.value must be a UUID"),
        ("lead", "has", json!(["x"]), "/filter/value query.type must be a string, not an array"),
        ("tel", "is", json!("no digits"), "/filter/value query.value must be a telephone number"),
        ("at", "is", json!("25:00"), "/filter/value query.value must be a time such as 09:30 or 09:30:00"),
        ("files", "has_file_type", json!("png"), "/filter/value query.value must be a media type such as"),
        (
            "extra",
            "is",
            json!("x"),
            "/filter/op query.unknown_operator must be an operator of type json, not \"is\"; the operators are is_empty, is_not_empty",
        ),
        ("due", "is", json!(5), "/filter/value query.value must be a date such as"),
        ("due", "is", json!("2024-02-30"), "/filter/value query.value must be a date such as"),
        ("due", "is", json!({}), "/filter/value query.value must be a date such as"),
        (
            "due",
            "is",
            json!("2024-01-01T00:00:00Z"),
            "/filter/value query.value must be a day without a time, as the column holds days",
        ),
        ("due", "is", json!({"ago": 3}), "/filter/value query.value needs one of the units day, week, month, year"),
        (
            "due",
            "is",
            json!({"ago": 3, "unit": "quarter"}),
            "/filter/value query.value needs one of the units day, week, month, year",
        ),
        (
            "due",
            "is",
            json!({"ago": 100_001, "unit": "day"}),
            "/filter/value query.value needs a whole number from 0 to 100000 in \"ago\"",
        ),
        (
            "due",
            "is",
            json!({"this": "day"}),
            "/filter/value query.value needs one of the units week, month, quarter, year",
        ),
        (
            "due",
            "is",
            json!({"this": "week", "unit": "day"}),
            "/filter/value query.value must not have \"unit\" beside \"this\"",
        ),
        ("due", "is", json!({"ago": 1, "past": 2, "unit": "day"}), "/filter/value query.value must be a date such as"),
        ("due", "within", json!({"from": "today"}), "/filter/value query.value needs both \"from\" and \"to\""),
        (
            "due",
            "within",
            json!({"from": "today", "to": {"next": "week"}}),
            "/filter/value query.value needs a day in \"to\"",
        ),
        (
            "due",
            "within",
            json!({"from": "today", "to": "yesterday"}),
            "/filter/value query.value must not end before it begins",
        ),
        (
            "due",
            "within",
            json!({"day_of_month": 1}),
            "/filter/value query.value cannot be a day of month, which takes is and is_not",
        ),
        ("begins", "is", json!({"day_of_month": 32}), "/filter/value query.value needs a day of month from 1 to 31"),
    ] {
        let found = told(&condition(column, operator, value.clone()));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{column} {operator} {value}: {found:?}");
    }
    assert!(told(&condition("col_2", "=", json!(1))).is_empty());
    // Very large numbers are no counts, and are not written out.
    let huge: Json = serde_json::from_str("1e100000").unwrap();
    assert_eq!(told(&condition("city", "length_lt", huge)).len(), 1);
}

#[test]
fn queries_are_bounded() {
    let one = json!({"column": "open", "op": "is", "value": true});
    let nested = |depth: usize| {
        let filter = (1..depth).fold(one.to_string(), |inner, _| format!("{{\"not\":{inner}}}"));
        read(&schema(SCHEMA), &format!("{{\"filter\":{filter}}}"), "2024-10-27T12:00:00Z")
            .err()
            .map(|faults| to_json(&faults))
    };
    assert_eq!(nested(MAX_DEPTH), None);
    let found = nested(MAX_DEPTH + 1).unwrap();
    assert!(found.contains("query.too_large") && found.contains(r#""params":{"max_depth":64}"#), "{found}");
    let codes = |query: Json| -> Vec<String> {
        problems(&query)
            .iter()
            .map(|problem| format!("{} {}", problem["code"].as_str().unwrap(), problem["params"]))
            .collect()
    };
    let many = |count: usize, filter: &Json| json!({"filter": {"or": vec![filter.clone(); count]}});
    assert!(codes(many(MAX_CONDITIONS, &one)).is_empty());
    assert_eq!(codes(many(MAX_CONDITIONS + 1, &one)), [r#"query.too_large {"max_conditions":1000}"#]);
    assert_eq!(codes(many(MAX_CONDITIONS, &json!({"and": []}))), [r#"query.too_large {"max_groups":1000}"#]);
    let texts: Vec<String> = (0..=MAX_VALUES).map(|n| n.to_string()).collect();
    assert!(codes(condition("city", "any_of", json!(texts[1..]))).is_empty());
    assert_eq!(codes(condition("city", "any_of", json!(texts))), [r#"query.too_large {"max":10000,"values":10001}"#]);
    let pattern = json!({"column": "city", "op": "matches", "value": "a"});
    assert!(codes(many(20, &pattern)).is_empty());
    assert_eq!(codes(many(21, &pattern)), [r#"query.too_large {"max_patterns":20}"#]);
    assert_eq!(codes(json!({"sort": vec![json!({"column": "city"}); 17]})), [r#"query.too_large {"max":16}"#]);
    // The values of all conditions together fit into the memory of one piece of work.
    let list = json!({"column": "city", "op": "any_of", "value": texts[1..].to_vec()});
    let query = json!({"filter": {"or": vec![list; 5]}}).to_string();
    let schema = schema(SCHEMA);
    let read = || read(&schema, &query, "2024-10-27T12:00:00Z");
    assert_eq!(with_room(3 << 20, || refusal(read)), None);
    assert!(with_room(1 << 20, || refusal(read)).unwrap().contains("rowkit.max_work_mem"));
    // A hundred problems are enough.
    let unknown = json!({"column": "x", "op": "is", "value": true});
    assert_eq!(problems(&many(300, &unknown)).len(), 100);
    assert_eq!(problems(&condition("stage", "any_of", json!(vec!["x"; 500]))).len(), 100);
}
