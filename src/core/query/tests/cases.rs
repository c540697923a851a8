//! What each operator says of values of each type.
use super::{Named, Row, read, schema};
use crate::core::query::{Evaluator, Query, Sorter};
use crate::core::schema::Schema;
use serde_json::{Value as Json, json};
use std::slice::from_ref;

const ONE: &str = "00000000-0000-4000-8000-00000000000a";
const TWO: &str = "00000000-0000-4000-8000-000000000001";

fn query(schema: &Schema, query: &Json) -> Query {
    read(schema, &query.to_string(), "2024-10-27T12:00:00Z").unwrap_or_else(|faults| panic!("{query} {faults:?}"))
}

fn holds(schema: &Schema, filter: &Json, values: Json) -> bool {
    let query = query(schema, &json!({"filter": filter}));
    Evaluator::new(&query, schema).unwrap().matches(&Row::new(0, values).record(), &Named)
}

/// Each case: an operator with its value, values that it holds for, values that it does not hold for. Null is no value.
fn cases(kind: &str, options: Json, cases: &[(&str, Json, &[Json], &[Json])]) {
    let schema = schema(
        &json!({"columns": [{"name": "c", "type": kind, "options": options}], "statuses": [{"name": "new"}, {"name": "進行中"}]})
            .to_string(),
    );
    let is_empty = ("is_empty", Json::Null, &[json!(null)][..], &[json!(5), json!("x")][..]);
    let is_not_empty = ("is_not_empty", Json::Null, is_empty.3, is_empty.2);
    for (operator, asked, holding, failing) in cases.iter().chain([&is_empty, &is_not_empty]) {
        let filter = json!({"column": "c", "op": operator, "value": asked});
        for (values, expected) in [(holding, true), (failing, false)] {
            for value in *values {
                let found = holds(&schema, &filter, json!({"c": value}));
                assert_eq!(found, expected, "{kind} {filter} {value}");
                let found = holds(&schema, &json!({"not": filter}), json!({"c": value}));
                assert_eq!(found, !expected, "not {kind} {filter} {value}");
            }
        }
    }
}

#[test]
fn texts() {
    let empty = json!(null);
    for kind in ["text", "long_text", "email", "url"] {
        cases(
            kind,
            json!({}),
            &[
                (
                    "is",
                    json!("Sato Ltd"),
                    &[json!("ＳＡＴＯ　ltd"), json!(" sato  LTD")],
                    &[json!("Sato"), empty.clone(), json!(5)],
                ),
                ("is_not", json!("Sato"), &[empty.clone(), json!(""), json!("Ito"), json!(5)], &[json!("sato")]),
                ("contains", json!("ﾊﾟｰ"), &[json!("カパーカ")], &[json!("パ"), empty.clone()]),
                ("not_contains", json!("a"), &[json!("b"), empty.clone()], &[json!("xAx")]),
                ("starts_with", json!("Ab"), &[json!("abc"), json!(" ＡＢ")], &[json!("cab"), empty.clone()]),
                ("ends_with", json!("Ab"), &[json!("cab"), json!("ab ")], &[json!("abc"), empty.clone()]),
                (
                    "contains_word",
                    json!("art"),
                    &[json!("Art"), json!("the art."), json!("start, art")],
                    &[json!("start"), json!("artist"), json!("1art"), empty.clone()],
                ),
                ("contains_word", json!("a-a"), &[json!("xa-a-a")], &[json!("xa-ax-a")]),
                ("any_of", json!(["b", "A"]), &[json!("a"), json!("B")], &[json!("c"), empty.clone()]),
                ("any_of", json!([]), &[], &[json!("a"), empty.clone()]),
                ("none_of", json!(["b", "A"]), &[json!("c"), empty.clone()], &[json!("a")]),
                ("length_lt", json!(2), &[json!("髙"), empty.clone()], &[json!("ab"), json!(5)]),
                ("length_gt", json!(2), &[json!("𠮟𠮟𠮟")], &[json!("ab"), empty.clone()]),
                ("matches", json!("^[A-Z]{2}$"), &[json!("AB")], &[json!("ab"), json!("ABC"), empty.clone()]),
            ],
        );
    }
    cases(
        "text",
        json!({"keep_empty": true}),
        &[
            ("is_empty", json!(null), &[json!(null)], &[json!(""), json!("a")]),
            ("is", json!(""), &[json!(""), json!(" ")], &[json!("a"), empty.clone()]),
        ],
    );
    cases("text", json!({}), &[("is_empty", json!(null), &[json!("")], &[json!(" "), json!([]), json!(false)])]);
}

#[test]
fn phones() {
    cases(
        "phone",
        json!({"default_region": "JP"}),
        &[
            (
                "is",
                json!("03-1234-5678"),
                &[json!("+81 3 1234 5678"), json!("0312345678")],
                &[json!("0312345679"), json!(null)],
            ),
            ("none_of", json!(["0312345678"]), &[json!("090 1111 2222"), json!(null)], &[json!("+81312345678")]),
            ("contains", json!("1234"), &[json!("03-1234-5678")], &[json!("03-12-34")]),
            ("starts_with", json!("03"), &[json!("03-1234-5678")], &[json!("+81 3")]),
        ],
    );
}

#[test]
fn numbers() {
    let exact = |text: &str| -> Json { serde_json::from_str(text).unwrap() };
    let (big, next) = (exact("12345678901234567890123"), exact("12345678901234567890124"));
    for kind in ["integer", "number", "decimal", "currency", "percent", "rating", "duration", "autonumber"] {
        cases(
            kind,
            json!({}),
            &[
                ("=", json!(1), &[exact("1.0"), json!(1)], &[json!(2), json!(null), json!("1")]),
                ("=", big.clone(), from_ref(&big), &[next.clone(), exact("12345678901234567890123.0000000001")]),
                ("!=", json!(1), &[json!(2), json!(null), json!("1")], &[exact("1.00")]),
                ("<", next.clone(), &[big.clone(), json!(-1)], &[next.clone(), json!(null)]),
                ("<=", json!(0.1), &[exact("0.1"), exact("0.10")], &[exact("0.10000000000000000001")]),
                (">", big.clone(), from_ref(&next), &[big.clone(), json!(null)]),
                (">=", json!(-1), &[json!(-1), json!(0)], &[exact("-1.5")]),
                ("between", json!([1, 2.5]), &[json!(1), json!(2.5)], &[exact("0.999"), exact("2.51"), json!(null)]),
                (
                    "is_even",
                    json!(null),
                    &[json!(0), json!(-2), json!(10000), json!(99990000), exact("4.0"), json!(10002)],
                    &[json!(1), json!(-3), json!(10001), json!(2.5), exact("0.2"), json!(null)],
                ),
                (
                    "is_whole",
                    json!(null),
                    &[json!(0), exact("5.00"), json!(-7)],
                    &[json!(0.5), json!(null), json!("1")],
                ),
            ],
        );
    }
}

#[test]
fn booleans_and_times() {
    cases(
        "boolean",
        json!({}),
        &[
            ("is", json!(true), &[json!(true)], &[json!(false), json!(null)]),
            ("is", json!(false), &[json!(false)], &[json!(true), json!(null), json!(0)]),
        ],
    );
    cases(
        "time",
        json!({}),
        &[
            ("is", json!("09:30"), &[json!("09:30:00"), json!("09:30")], &[json!("09:30:00.5"), json!(null)]),
            ("is_not", json!("09:30"), &[json!("09:31"), json!(null)], &[json!("09:30:00.0")]),
            ("before", json!("09:30"), &[json!("09:29:59.9")], &[json!("09:30"), json!(null)]),
            ("on_or_before", json!("09:30"), &[json!("09:30")], &[json!("09:30:01")]),
            ("after", json!("09:30"), &[json!("10:00")], &[json!("09:30")]),
            ("on_or_after", json!("09:30"), &[json!("09:30")], &[json!("09:29"), json!(null)]),
        ],
    );
}

#[test]
fn dates() {
    for (kind, inside, before, after) in [
        ("date", "2024-10-27", "2024-10-26", "2024-10-28"),
        ("datetime", "2024-10-27T10:00:00+09:00", "2024-10-27T08:59:59+09:00", "2024-10-28T09:00:00+09:00"),
    ] {
        let (inside, before, after, empty) = (json!(inside), json!(before), json!(after), json!(null));
        cases(
            kind,
            json!({}),
            &[
                ("is", json!("today"), from_ref(&inside), &[before.clone(), after.clone(), empty.clone()]),
                (
                    "is_not",
                    json!("today"),
                    &[before.clone(), after.clone(), empty.clone(), json!("x")],
                    from_ref(&inside),
                ),
                ("before", json!("today"), from_ref(&before), &[inside.clone(), after.clone(), empty.clone()]),
                ("on_or_before", json!("today"), &[before.clone(), inside.clone()], &[after.clone(), empty.clone()]),
                ("after", json!("today"), from_ref(&after), &[inside.clone(), before.clone(), empty.clone()]),
                ("on_or_after", json!("today"), &[after.clone(), inside.clone()], &[before.clone(), empty.clone()]),
                (
                    "within",
                    json!({"past": 1, "unit": "week"}),
                    &[before.clone(), inside.clone()],
                    &[after.clone(), empty.clone()],
                ),
            ],
        );
    }
}

#[test]
fn choices() {
    let options = json!({"choices": [{"id": "c1", "name": "Won"}, "lost", {"name": "old", "archived": true}]});
    cases(
        "select",
        options.clone(),
        &[
            ("is", json!("won"), &[json!("Won")], &[json!("lost"), json!(null), json!("won")]),
            ("is", json!("c1"), &[json!("Won")], &[json!("lost")]),
            ("is", json!("old"), &[json!("old")], &[json!("lost")]),
            ("is_not", json!("Won"), &[json!("lost"), json!(null)], &[json!("Won")]),
            ("any_of", json!(["Won", "lost"]), &[json!("lost"), json!("Won")], &[json!("old"), json!(null)]),
            ("none_of", json!(["Won", "lost"]), &[json!("old"), json!(null)], &[json!("Won")]),
        ],
    );
    let (both, one, none) = (json!(["Won", "lost"]), json!(["Won"]), json!([]));
    cases(
        "multi_select",
        options,
        &[
            ("is_empty", json!(null), &[none.clone(), json!(null)], from_ref(&one)),
            ("has_any", json!(["lost", "old"]), from_ref(&both), &[one.clone(), none.clone()]),
            (
                "has_all",
                json!(["lost", "c1"]),
                &[both.clone(), json!(["Won", "old", "lost"])],
                &[one.clone(), none.clone(), json!(["Won", "Won"])],
            ),
            ("has_all", json!([]), &[both.clone(), none.clone()], &[]),
            ("has_none", json!(["lost"]), &[one.clone(), none.clone(), json!(null)], from_ref(&both)),
            (
                "exactly",
                json!(["lost", "Won", "won"]),
                from_ref(&both),
                &[one.clone(), json!(["Won", "lost", "old"]), none.clone()],
            ),
            ("exactly", json!([]), &[none.clone(), json!(null)], from_ref(&one)),
        ],
    );
}

#[test]
fn statuses() {
    cases(
        "status",
        json!({}),
        &[
            ("is", json!("NEW"), &[json!("new")], &[json!("進行中"), json!(null)]),
            ("none_of", json!(["new"]), &[json!("進行中"), json!(null)], &[json!("new")]),
        ],
    );
    // A table without statuses takes any text.
    let schema = schema("{}");
    assert!(holds(&schema, &json!({"column": "status", "op": "is", "value": "any"}), json!({"status": "any"})));
}

#[test]
fn ids() {
    let upper = ONE.to_uppercase();
    for kind in ["user", "uuid"] {
        cases(
            kind,
            json!({}),
            &[
                ("is", json!(ONE), &[json!(upper)], &[json!(TWO), json!(null), json!("x")]),
                ("is_not", json!(ONE), &[json!(TWO), json!(null)], &[json!(upper)]),
                ("any_of", json!([TWO, upper]), &[json!(ONE)], &[json!(null)]),
                ("none_of", json!([TWO]), &[json!(ONE), json!(null)], &[json!(TWO)]),
            ],
        );
        cases(
            kind,
            json!({"multiple": true}),
            &[
                ("has_any", json!([ONE]), &[json!([TWO, upper])], &[json!([TWO]), json!([])]),
                ("has_all", json!([ONE, TWO]), &[json!([TWO, upper])], &[json!([TWO]), json!([ONE, upper])]),
                ("has_none", json!([ONE]), &[json!([TWO]), json!(null)], &[json!([upper])]),
                ("exactly", json!([ONE]), &[json!([upper]), json!(ONE)], &[json!([ONE, TWO]), json!([])]),
            ],
        );
    }
}

#[test]
fn references() {
    let table = json!({"table_id": ONE});
    let tables = json!({"table_id": ONE, "multiple": true});
    cases(
        "reference",
        table,
        &[
            ("has", json!(ONE), &[json!(ONE)], &[json!(TWO), json!(null)]),
            ("has_not", json!(ONE), &[json!(TWO), json!(null)], &[json!(ONE)]),
            // "Åre Ｈotel 10"
            ("contains", json!("HOTEL 1"), &[json!(TWO)], &[json!(ONE), json!(null)]),
        ],
    );
    cases(
        "reference",
        tables,
        &[
            ("has", json!(TWO), &[json!([ONE, TWO])], &[json!([ONE]), json!([])]),
            ("has_not", json!(TWO), &[json!([ONE]), json!(null)], &[json!([TWO])]),
            ("contains", json!("hotel"), &[json!([ONE, TWO])], &[json!([ONE]), json!([])]),
            ("has_all", json!([ONE, TWO]), &[json!([TWO, ONE])], &[json!([ONE])]),
            ("exactly", json!([ONE]), &[json!([ONE])], &[json!([ONE, TWO])]),
        ],
    );
}

#[test]
fn attachments_and_documents() {
    let file = |name: &str, media: &str| json!({"name": name, "type": media, "url": "/f"});
    let (photo, paper) = (file("Ｐhoto 1.png", "image/PNG; q=1"), file("契約.pdf", "application/pdf"));
    cases(
        "attachment",
        json!({}),
        &[
            ("filename_contains", json!("photo"), &[json!([paper, photo])], &[json!([paper]), json!([])]),
            (
                "has_file_type",
                json!("image/*"),
                &[json!([photo])],
                &[json!([paper]), json!(null), json!([{"name": "x"}])],
            ),
            ("has_file_type", json!("Application/PDF"), &[json!([photo, paper])], &[json!([photo])]),
            ("files_lt", json!(2), &[json!([photo]), json!(null)], &[json!([photo, paper])]),
            ("files_gt", json!(1), &[json!([photo, paper])], &[json!([photo]), json!(null)]),
        ],
    );
    cases("json", json!({}), &[("is_empty", json!(null), &[json!("")], &[json!({}), json!([]), json!(false)])]);
    cases("address", json!({}), &[("is_empty", json!(null), &[json!(null)], &[json!({"city": "Tokyo"})])]);
}

#[test]
fn fields_of_the_relation() {
    let schema = schema(
        r#"{"columns":[{"name":"made","type":"created_at"},{"name":"by","type":"created_by"},{"name":"seen","type":"updated_at"},{"name":"name","type":"text"}]}"#,
    );
    let values = json!({"created_at": "2024-10-27T01:00:00Z", "updated_at": "2024-10-28T01:00:00Z", "created_by": ONE, "name": "Ａ", "company": "B", "email": "a@b.example"});
    for (column, operator, asked) in [
        ("made", "is", json!("today")),
        ("created_at", "is", json!("today")),
        ("seen", "is", json!("tomorrow")),
        ("updated_at", "after", json!("today")),
        ("by", "is", json!(ONE)),
        ("created_by", "any_of", json!([ONE])),
        ("name", "is", json!("a")),
        ("company", "is", json!("b")),
        ("email", "ends_with", json!("@B.example")),
        ("status", "is_empty", json!(null)),
    ] {
        let filter = json!({"column": column, "op": operator, "value": asked});
        assert!(holds(&schema, &filter, values.clone()), "{filter}");
        // In `data` they are other values.
        assert_eq!(holds(&schema, &filter, json!({})), column == "status", "{filter}");
    }
}

#[test]
fn groups() {
    let schema = schema(r#"{"columns":[{"name":"a","type":"boolean"},{"name":"b","type":"boolean"}]}"#);
    let (a, b) = (json!({"column": "a", "op": "is", "value": true}), json!({"column": "b", "op": "is", "value": true}));
    for (filter, expected) in [
        (json!({}), [true, true, true, true]),
        (json!({"and": []}), [true, true, true, true]),
        (json!({"or": []}), [false, false, false, false]),
        (json!({"and": [a, b]}), [false, false, false, true]),
        (json!({"or": [a, b]}), [false, true, true, true]),
        (json!({"not": {"or": [a, {"not": b}]}}), [false, false, true, false]),
        (json!({"and": [{"or": [a, b]}, {"not": {"and": [a, b]}}]}), [false, true, true, false]),
    ] {
        for (index, expected) in expected.into_iter().enumerate() {
            let values = json!({"a": index & 1 == 1, "b": index & 2 == 2});
            assert_eq!(holds(&schema, &filter, values), expected, "{filter} {index}");
        }
    }
}

#[test]
fn columns_are_kept_by_their_ids() {
    let id = "00000000-0000-4000-8000-0000000000c1";
    let named =
        |name: &str, kind: &str| schema(&json!({"columns": [{"id": id, "name": name, "type": kind}]}).to_string());
    let before = named("city", "text");
    for given in ["city".to_owned(), id.to_owned(), id.to_uppercase()] {
        let query =
            query(&before, &json!({"filter": {"column": given, "op": "is", "value": "Kyoto"}, "fields": ["city"]}));
        assert_eq!(
            (query.columns.len(), query.fields.as_deref()),
            (2, Some(&[0][..])),
            "and created_at, which they are sorted by"
        );
        let after = named("town", "text");
        let mut evaluator = Evaluator::new(&query, &after).unwrap();
        assert!(evaluator.matches(&Row::new(0, json!({"town": "kyoto"})).record(), &()));
        assert!(!evaluator.matches(&Row::new(0, json!({"city": "kyoto"})).record(), &()));
        assert!(
            Evaluator::new(&query, &named("city", "integer")).is_none() && Sorter::new(&query, &schema("{}")).is_none()
        );
    }
}

#[test]
fn sort_lists() {
    let schema = schema(
        r#"{"columns":[{"name":"t","type":"text"},{"name":"n","type":"number"},
            {"name":"s","type":"select","options":{"choices":["z","a","m 10","m 9",{"name":"gone","archived":true}]}},
            {"name":"r","type":"reference","options":{"table_id":"00000000-0000-4000-8000-00000000000a"}}]}"#,
    );
    let sorted = |sort: Json, values: &[Json]| -> Vec<usize> {
        let query = query(&schema, &json!({"sort": sort}));
        let sorter = Sorter::new(&query, &schema).unwrap();
        let keys: Vec<_> =
            (0..).zip(values).map(|(id, values)| sorter.key(&Row::new(id, values.clone()).record(), &Named)).collect();
        let mut order: Vec<usize> = (0..values.len()).rev().collect();
        order.sort_by(|left, right| sorter.compare(&keys[*left], &keys[*right]));
        order
    };
    let texts: Vec<Json> =
        ["file 10", "File 9", "", "ｆile 009", "file", "file 9b"].map(|text| json!({"t": text})).into();
    assert_eq!(sorted(json!([{"column": "t"}]), &texts), [4, 3, 1, 5, 0, 2]);
    assert_eq!(sorted(json!([{"column": "t", "direction": "desc"}]), &texts), [0, 5, 1, 3, 4, 2]);
    assert_eq!(sorted(json!([{"column": "t", "direction": "desc", "empty": "first"}]), &texts), [2, 0, 5, 1, 3, 4]);
    let numbers: Vec<Json> = ["1", "0.3", "-2", "0.30", "null", "1e30", "\"x\""]
        .map(|text| json!({"n": serde_json::from_str::<Json>(text).unwrap()}))
        .into();
    assert_eq!(sorted(json!([{"column": "n"}]), &numbers), [2, 1, 3, 0, 5, 4, 6]);
    assert_eq!(sorted(json!([{"column": "n", "direction": "desc"}]), &numbers), [5, 0, 3, 1, 2, 4, 6]);
    let choices: Vec<Json> = ["a", "m 10", "z", "gone", "m 9", "other"].map(|name| json!({"s": name})).into();
    assert_eq!(sorted(json!([{"column": "s"}]), &choices), [2, 0, 1, 4, 3, 5]);
    assert_eq!(sorted(json!([{"column": "s", "by": "name"}]), &choices), [0, 3, 4, 1, 5, 2]);
    let both: Vec<Json> =
        [("b", 1), ("a", 2), ("b", 3), ("a", 1)].map(|(text, number)| json!({"t": text, "n": number})).into();
    assert_eq!(sorted(json!([{"column": "t"}, {"column": "n", "direction": "desc"}]), &both), [1, 3, 2, 0]);
    // By title: "Åre Ｈotel 10" comes before "Hotel 9"; one without a title is last.
    let references: Vec<Json> =
        ["0", "1", "3"].map(|end| json!({"r": format!("00000000-0000-4000-8000-00000000000{end}")})).into();
    assert_eq!(sorted(json!([{"column": "r"}]), &references), [1, 2, 0]);
    let made: Vec<Json> =
        ["2024-10-02", "2024-10-01", "2024-10-02"].map(|day| json!({"created_at": format!("{day}T00:00:00Z")})).into();
    assert_eq!(sorted(json!([]), &made), [1, 0, 2], "the oldest first, and then by id");
    assert_eq!(sorted(json!([{"column": "created_at", "direction": "desc"}]), &made), [2, 0, 1]);
}
