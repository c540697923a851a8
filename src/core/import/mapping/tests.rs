use super::resolve;
use crate::core::import::cell::Cell;
use crate::core::import::columns::Survey;
use crate::core::import::follow::follow;
use crate::core::import::options::{ImportOptions, read_mapping};
use crate::core::jsonb::{Value, fixture::document};
use crate::core::schema::read;

/// A mapping of a file of one column a list, whose first item is the column's name.
fn resolved_file(columns: &[&[&str]], options: &str, remembered: Option<&str>) -> String {
    let facts_of = |cells: &&[&str]| {
        let mut survey = Survey::default();
        cells[1..].iter().for_each(|cell| survey.add(&Cell::Text((*cell).to_owned())));
        survey.finish(true)
    };
    let schema = document(
        r#"{"columns":[{"name":"amount","type":"number"},{"name":"price","type":"number"},{"name":"day","type":"date"}]}"#,
    );
    let (schema, options) = (read(Value::root(&schema)).unwrap(), document(options));
    let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
    let header: Vec<String> = columns.iter().map(|column| column[0].to_owned()).collect();
    let facts: Vec<_> = columns.iter().map(facts_of).collect();
    let remembered = remembered.map(|text| read_mapping(Value::root(&document(text))).unwrap());
    resolve(&header, &facts, &schema, &options, remembered.as_ref()).unwrap().to_json(&header)
}

#[test]
fn the_caller_is_followed_then_the_file_then_another_file() {
    let remembered = Some(
        r#"{"amount":{"column":"amount","decimal_mark":"."},"day":{"column":"day","date_order":"mdy"},"price":null}"#,
    );
    let open: &[&[&str]] = &[&["amount", "1,234"], &["day", "01/02/2024"]];
    let decided: &[&[&str]] = &[&["amount", "1,234", "2,5"], &["day", "01/02/2024", "31/12/2024"]];
    let read_by = |columns: &[&[&str]], options: &str| {
        let told = resolved_file(columns, options, remembered);
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        [&told["amount"]["decimal_mark"], &told["day"]["date_order"]].map(|told| told.as_str().unwrap().to_owned())
    };
    for (columns, options, expected) in [
        (open, r#"{"date_order":"dmy","decimal_mark":","}"#, [",", "dmy"]),
        (decided, r#"{"date_order":"ymd","decimal_mark":"."}"#, [".", "ymd"]),
        (decided, r#"{"date_order":"ymd","mapping":{"day":{"date_order":"mdy"}}}"#, [",", "mdy"]),
        (decided, "{}", [",", "dmy"]),
        (open, "{}", [".", "mdy"]),
    ] {
        assert_eq!(read_by(columns, options), expected, "{columns:?} {options}");
    }
    // The rows of an error file are read as those of their file were, whatever they look like.
    let failed: &[&[&str]] = &[&["day", "31/12/2024"], &["_row", "7"], &["_problems", "x"]];
    assert_eq!(resolved_file(failed, "{}", remembered), r#"{"day":{"column":"day","date_order":"mdy"}}"#);
}

#[test]
fn an_export_has_decimal_points_until_somebody_saves_it_with_commas() {
    let id = &["_record_id", "00000000-0000-4000-8000-000000000001"][..];
    let point = r#"{"amount":{"column":"amount","decimal_mark":".","detected":["decimal_mark"]}}"#;
    assert_eq!(resolved_file(&[id, &["amount", "1.500"]], "{}", None), point);
    assert_eq!(
        resolved_file(&[id, &["amount", "1,234"], &["price", "12,5"], &["day", "31.12.24", "01.02.25"]], "{}", None),
        r#"{"amount":{"column":"amount"},"price":{"column":"price","decimal_mark":",","detected":["decimal_mark"]},"day":{"column":"day"}}"#
    );
}

fn resolved(header: &[&str], options: &str) -> Result<String, String> {
    let schema = document(
        r#"{"columns":[{"name":"amount","type":"integer"},{"name":"no","type":"autonumber"},{"name":"day","label":"Date","type":"date"}]}"#,
    );
    let schema = read(Value::root(&schema)).unwrap();
    let options = document(options);
    let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let mapping = resolve(&header, &[], &schema, &options, None).map_err(|problem| problem.message)?;
    Ok(mapping.to_json(&header))
}

#[test]
fn mappings_are_given_or_suggested() {
    assert_eq!(
        resolved(&["Amount", "DATE", "e-mail", "other"], "{}").unwrap(),
        r#"{"Amount":{"column":"amount"},"DATE":{"column":"day"},"e-mail":{"column":"email"},"other":null}"#
    );
    let given = r#"{"mapping":{"a":"amount","B":{"column":"day","date_order":"dmy"}}}"#;
    assert_eq!(
        resolved(&["a", "b", "c"], given).unwrap(),
        r#"{"a":{"column":"amount"},"b":{"column":"day","date_order":"dmy"},"c":null}"#
    );
}

#[test]
fn a_mapping_is_laid_over_what_would_be_followed() {
    for (header, mapping, expected) in [
        (&["Amount", "day"][..], r#"{"day":null}"#, r#"{"Amount":{"column":"amount"},"day":null}"#),
        (&["Amount", "x"], r#"{"x":"name"}"#, r#"{"Amount":{"column":"amount"},"x":{"column":"name"}}"#),
        // What it names is filled by nothing else.
        (&["Amount", "x"], r#"{"x":"amount"}"#, r#"{"x":{"column":"amount"},"Amount":null}"#),
        (&["Amount", "day", "x"], r#"{"*":null,"x":"name"}"#, r#"{"x":{"column":"name"},"Amount":null,"day":null}"#),
        // How its cells are read is not where it goes.
        (
            &["Amount", "day"],
            r#"{"day":{"date_order":"dmy"}}"#,
            r#"{"Amount":{"column":"amount"},"day":{"column":"day","date_order":"dmy"}}"#,
        ),
        (&["*", "day"], r#"{"*":"name"}"#, r#"{"*":{"column":"name"},"day":{"column":"day"}}"#),
        (&["_record_id", "name"], r#"{"_record_id":null}"#, r#"{"name":{"column":"name"},"_record_id":null}"#),
        (&["_record_id", "name"], r#"{"*":null,"name":"name"}"#, r#"{"name":{"column":"name"}}"#),
        (
            &["_record_id", "name", "day"],
            r#"{"_record_id":"name","name":null}"#,
            r#"{"_record_id":{"column":"name"},"day":{"column":"day"},"name":null}"#,
        ),
    ] {
        let found = resolved(header, &format!("{{\"mapping\":{mapping}}}")).unwrap();
        assert_eq!(found, expected, "{mapping}");
    }
}

#[test]
fn a_remembered_mapping_is_followed_and_laid_over() {
    let schema = document(r#"{"columns":[{"name":"amount","type":"integer"},{"name":"day","type":"date"}]}"#);
    let schema = read(Value::root(&schema)).unwrap();
    let remembered = document(r#"{"A":{"column":"amount"},"day":null,"c":{"column":"gone"},"_record_id":null}"#);
    let remembered = read_mapping(Value::root(&remembered)).unwrap();
    let header: Vec<String> = ["a", "day", "c", "_record_id"].map(str::to_owned).into();
    for (options, expected) in [
        ("{}", "amount remembered, none remembered, none remembered, none remembered"),
        (r#"{"mapping":{"day":"day"}}"#, "amount remembered, day mapping, none remembered, none remembered"),
        (r#"{"mapping":{"c":"amount"}}"#, "none mapping, none remembered, amount mapping, none remembered"),
        (r#"{"mapping":{"*":null,"c":"day"}}"#, "none mapping, none mapping, day mapping, none mapping"),
    ] {
        let options = document(options);
        let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
        let found = follow(&header, &[], &schema, &options, Some(&remembered)).unwrap();
        let found: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.mapped.column.as_deref().unwrap_or("none"), one.origin.name()))
            .collect();
        assert_eq!(found.join(", "), expected);
        // Left out the last time, and for that time alone.
        assert_eq!(resolve(&header, &[], &schema, &options, Some(&remembered)).unwrap().record_id, Some(3));
    }
}

#[test]
fn records_are_found_by_what_the_file_has() {
    for (header, options, expected) in [
        (
            &["name", "x"][..],
            r#"{"match_on":"day"}"#,
            "match_on names \"day\", which no column of the file is mapped to.",
        ),
        (&["name", "day"], r#"{"match_on":["name","day"],"mapping":{"day":null}}"#, "match_on names \"day\""),
        (&["name"], r#"{"match_on":"gone"}"#, "The table has no column \"gone\", which match_on names."),
        (&["name"], r#"{"on_match":"replace"}"#, "The options say what becomes of records that are there"),
        (&["name"], r#"{"on_new":"skip"}"#, "The options say what becomes of records that are there"),
        (
            &["_record_id", "name"],
            r#"{"on_match":"fill","mapping":{"_record_id":null}}"#,
            "The options say what becomes of records that are there",
        ),
    ] {
        let found = resolved(header, options).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
    assert!(resolved(&["_record_id", "name"], r#"{"on_match":"replace","on_new":"skip"}"#).is_ok());
    assert!(resolved(&["name"], r#"{"on_match":"replace","match_on":"name"}"#).is_ok());
}

#[test]
fn mappings_that_cannot_be_are_refused() {
    for (header, options, expected) in [
        (&["x"][..], "{}", "No column of the file is mapped"),
        (&["a"], r#"{"mapping":{"a":"no"}}"#, "The column \"no\" is filled by the server."),
        (&["a"], r#"{"mapping":{"a":"gone"}}"#, "The table has no column \"gone\""),
        (&["a"], r#"{"mapping":{"a":"day","z":"name"}}"#, "The file has no column \"z\""),
        (&["a", "b"], r#"{"mapping":{"a":"day","b":"day"}}"#, "Two columns of the file"),
        (&["a"], r#"{"mapping":{"a":"day","*":{"date_order":"dmy"}}}"#, "The file has no column \"*\""),
        (&["{\"a\": 1", "x"], r#"{"create_columns":true}"#, "The file begins as JSON does"),
    ] {
        let found = resolved(header, options).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn what_is_neither_named_nor_suggested_nor_left_out_becomes_a_column() {
    let schema = document(
        r#"{"columns":[{"name":"amount","type":"integer"},{"name":"no","type":"autonumber"},{"name":"day","type":"date"}]}"#,
    );
    let schema = read(Value::root(&schema)).unwrap();
    let remembered =
        document(r#"{"A":{"column":"amount"},"day":null,"c":{"column":"gone"},"x":null,"_record_id":null}"#);
    let remembered = read_mapping(Value::root(&remembered)).unwrap();
    for (header, mapping, is_remembered, expected, made) in [
        (&["Amount", "no", "x", "y"][..], "{}", false, r#"{"Amount":{"column":"amount"},"no":null}"#, &[2, 3][..]),
        (&["Amount", "x", "y"], r#"{"x":null}"#, false, r#"{"Amount":{"column":"amount"},"x":null}"#, &[2]),
        (
            &["Amount", "x", "y"],
            r#"{"*":null,"x":{"decimal_mark":","},"Amount":"amount"}"#,
            false,
            r#"{"Amount":{"column":"amount"},"y":null}"#,
            &[1],
        ),
        // What a named column takes away is free to be made, or to go elsewhere.
        (&["Amount", "x"], r#"{"x":"amount"}"#, false, r#"{"x":{"column":"amount"}}"#, &[0]),
        // How a column is read does not say where it goes.
        (
            &["day", "x"],
            r#"{"DAY":{"date_order":"dmy"}}"#,
            false,
            r#"{"day":{"column":"day","date_order":"dmy"}}"#,
            &[1],
        ),
        (&["day", "x"], r#"{"x":"day","day":{"date_order":"dmy"}}"#, false, r#"{"x":{"column":"day"}}"#, &[0]),
        // What was left out when the header came last is made now.
        (
            &["a", "day", "c", "x", "_record_id"],
            "{}",
            true,
            r#"{"a":{"column":"amount"},"day":{"column":"day"}}"#,
            &[2, 3],
        ),
        (
            &["a", "day", "c", "x"],
            r#"{"c":"amount","x":null}"#,
            true,
            r#"{"day":{"column":"day"},"c":{"column":"amount"},"x":null}"#,
            &[0],
        ),
    ] {
        let options = document(&format!(r#"{{"create_columns":true,"mapping":{mapping}}}"#));
        let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let remembered = Some(&remembered).filter(|_| is_remembered);
        let found = resolve(&header, &[], &schema, &options, remembered).unwrap();
        assert_eq!(found.to_json(&header), expected, "{mapping}");
        let places: Vec<usize> = found.unmatched.iter().map(|unmatched| unmatched.cell).collect();
        assert_eq!(places, made, "{mapping}");
    }
}

#[test]
fn a_mapping_tells_which_marks_were_found() {
    let open: &[&[&str]] = &[&["day", "01/02/2024"]];
    let decided: &[&[&str]] = &[&["day", "31/12/2024"]];
    let failed: &[&[&str]] = &[&["day", "01/02/2024"], &["_row", "7"], &["_problems", "x"]];
    let said = Some(r#"{"day":{"column":"day","date_order":"dmy"}}"#);
    let found = Some(r#"{"day":{"column":"day","date_order":"dmy","detected":["date_order"]}}"#);
    let by_somebody = r#"{"day":{"column":"day","date_order":"dmy"}}"#;
    let by_values = r#"{"day":{"column":"day","date_order":"dmy","detected":["date_order"]}}"#;
    for (columns, options, remembered, expected) in [
        (decided, "{}", None, by_values),
        (open, "{}", None, r#"{"day":{"column":"day"}}"#),
        (decided, r#"{"date_order":"dmy"}"#, None, by_somebody),
        (open, "{}", said, by_somebody),
        // The values say what somebody said.
        (decided, "{}", said, by_somebody),
        (decided, "{}", Some(r#"{"day":{"column":"day","date_order":"mdy"}}"#), by_values),
        (failed, "{}", found, by_values),
        // A mapping that was returned, and is given back.
        (open, &format!(r#"{{"mapping":{by_values}}}"#), None, by_somebody),
    ] {
        assert_eq!(resolved_file(columns, options, remembered), expected, "{columns:?} {options} {remembered:?}");
    }
}
