//! The columns that a table gets for columns of a file that match none: names, labels, types and choices.
//!
//! The same file gives the same columns, and their labels are what the next file of the header is matched by.
use super::columns::{ColumnFacts, DateOrder, DecimalMark, Plan};
use super::error_file::{PROBLEMS_COLUMN, ROW_COLUMN};
use super::header::nameless;
use super::mapping::{MappedColumn, Mapping};
use super::options::ImportOptions;
use super::suggest::usual_name;
use super::targets::RECORD_ID_COLUMN;
use crate::core::fields::fold::fold_text;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::schema::{Common, RESERVED, Schema};
use crate::core::search::without_accents;
use crate::core::work;
use std::collections::HashSet;

/// The longest name of a column, and the longest label, which the key of a JSON object may be longer than.
const LONGEST: usize = 63;
const LONGEST_LABEL: usize = 1_024;
/// What queries and exports call fields of the record itself, and columns that they add.
const OWN_FIELDS: [&str; 7] =
    ["created_at", "updated_at", "created_by", "deleted_at", RECORD_ID_COLUMN, ROW_COLUMN, PROBLEMS_COLUMN];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewColumn {
    /// The place of its cells in the file.
    pub cell: usize,
    pub name: String,
    pub label: String,
    pub field_type: &'static str,
    /// Of a select.
    pub choices: Vec<String>,
}

/// Proposes a column for each column of the file that matches none, and maps that one to it.
pub fn propose(
    mapping: &mut Mapping,
    header: &[String],
    facts: &[ColumnFacts],
    schema: &Schema,
    options: &ImportOptions,
) -> Vec<NewColumn> {
    let mut taken = taken_names(schema);
    let mut columns = Vec::new();
    for unmatched in std::mem::take(&mut mapping.unmatched) {
        work::step();
        let Some(label) = header.get(unmatched.cell) else { continue };
        let label = work::beginning(label, LONGEST_LABEL).to_owned();
        let facts = facts.get(unmatched.cell);
        let planned = |field_type: &str| mapping.plan(field_type, &unmatched.followed, facts, options);
        let choices = facts.map(|facts| distinct(&facts.choices)).unwrap_or_default();
        let field_type = match facts.map_or("text", |facts| field_type(facts, &planned(facts.field_type).0)) {
            "select" if choices.is_empty() => "text",
            field_type => field_type,
        };
        let name = free_name(&label, unmatched.cell, &taken);
        taken.insert(name.clone());
        let (plan, found) = planned(field_type);
        let mapped = MappedColumn { cell: unmatched.cell, column: name.clone(), plan, found };
        mapping.columns.push(mapped);
        let choices = if field_type == "select" { choices } else { Vec::new() };
        columns.push(NewColumn { cell: unmatched.cell, name, label, field_type, choices });
    }
    mapping.columns.sort_by_key(|mapped| mapped.cell);
    columns
}

/// The type that the survey found, or text where its values could be read in more than one way.
fn field_type(facts: &ColumnFacts, plan: &Plan) -> &'static str {
    let has_order = plan.date_order.is_some_and(|order| order != DateOrder::Ambiguous);
    let has_offset = plan.offset.is_some() || !facts.warnings.iter().any(|warning| warning.code == "missing_offset");
    match facts.field_type {
        // A column of days would keep no time.
        "date" if !has_order || facts.times_of_day > 0 => "text",
        "datetime" if !has_order || !has_offset => "text",
        "integer" | "number" | "percent" if plan.decimal_mark == Some(DecimalMark::Ambiguous) => "text",
        field_type => field_type,
    }
}

/// Choices without blanks around them, each once.
fn distinct(choices: &[String]) -> Vec<String> {
    let mut folded = HashSet::new();
    let trimmed = choices.iter().inspect(|_| work::step()).map(|choice| choice.trim());
    trimmed.filter(|choice| !choice.is_empty() && folded.insert(fold_text(choice))).map(str::to_owned).collect()
}

/// Names that no new column may have, in lower case.
fn taken_names(schema: &Schema) -> HashSet<String> {
    let columns = schema.columns.iter().flat_map(|column| column.former.iter().chain([&column.name]));
    let names = columns.inspect(|_| work::step()).map(|name| name.to_ascii_lowercase());
    let own = RESERVED.into_iter().chain(OWN_FIELDS).chain(Common::ALL.map(Common::name));
    names.chain(own.map(str::to_owned)).collect()
}

/// A name that table_columns takes and nobody has, after the label.
fn free_name(label: &str, place: usize, taken: &HashSet<String>) -> String {
    let name = plain_name(label, place);
    if !taken.contains(&name) {
        return name;
    }
    let numbered = (2_usize..).inspect(|_| work::step()).map(|count| {
        let suffix = format!("_{count}");
        format!("{}{suffix}", cut(&name, LONGEST - suffix.len()))
    });
    // There are more numbers than names.
    numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or(name)
}

/// The label in ASCII letters, digits and `_`. Where its words are in another script, it is what such columns are usually called, or the place.
fn plain_name(label: &str, place: usize) -> String {
    let bare = without_accents(&fold_text(label));
    let mut name = String::new();
    for c in bare.chars() {
        work::step();
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let has_letters = name.contains(|c: char| c.is_ascii_alphabetic());
    let has_other_letters = bare.contains(|c: char| c.is_alphabetic() && !c.is_ascii());
    let usual = usual_name(label).filter(|_| has_other_letters);
    let name = match usual {
        Some(usual) => usual.to_owned(),
        None if has_letters => name,
        None if name.is_empty() || has_other_letters => nameless(place),
        None => format!("column_{name}"),
    };
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("column_{name}") } else { name };
    cut(&name, LONGEST).to_owned()
}

/// The beginning of an ASCII name.
fn cut(name: &str, most: usize) -> &str {
    work::beginning(name, most).trim_end_matches('_')
}

impl NewColumn {
    /// As plan_import and create_table_from_file tell it.
    pub fn to_json(&self, header: &[String]) -> String {
        let file_column = header.get(self.cell).map_or(self.label.as_str(), String::as_str);
        let object = JsonObjectWriter::new()
            .text("name", &self.name)
            .text("label", &self.label)
            .text("type", self.field_type)
            .text("file_column", file_column);
        if self.choices.is_empty() { object.object() } else { object.list("choices", self.choices.iter()).object() }
    }

    /// As a row of table_columns.
    pub fn to_row(&self) -> String {
        let object = JsonObjectWriter::new().text("name", &self.name).text("type", self.field_type);
        let object = if self.label.is_empty() || self.label == self.name {
            object.json("label", "null")
        } else {
            object.text("label", &self.label)
        };
        let options = JsonObjectWriter::new();
        let options = if self.choices.is_empty() { options } else { options.list("choices", self.choices.iter()) };
        object.json("options", options.object()).object()
    }
}

/// The columns as a JSON array.
pub fn to_json(columns: &[NewColumn], header: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| column.to_json(header)).collect();
    format!("[{}]", columns.join(","))
}

#[cfg(test)]
mod tests {
    use super::{NewColumn, propose};
    use crate::core::fields::identifier::is_plain_identifier;
    use crate::core::import::cell::Cell;
    use crate::core::import::columns::{ColumnFacts, Survey};
    use crate::core::import::header::names;
    use crate::core::import::mapping::{Mapping, resolve};
    use crate::core::import::options::ImportOptions;
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::schema::{Schema, read};

    const SCHEMA: &str = r#"{"columns":[{"name":"amount","type":"number"},{"name":"no","label":"Nr.","type":"autonumber"},{"name":"Old","type":"text"}]}"#;

    fn schema(document_text: &str) -> Schema {
        read(Value::root(&document(document_text))).unwrap()
    }

    fn facts(values: &[&str]) -> ColumnFacts {
        let mut survey = Survey::default();
        let cell = |text: &&str| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) };
        values.iter().for_each(|text| survey.add(&cell(text)));
        survey.finish(true)
    }

    /// A file with one row under this header.
    fn proposed(header: &[&str], values: &[ColumnFacts], options: &str, schema: &Schema) -> (Vec<NewColumn>, Mapping) {
        let options = document(options);
        let options = ImportOptions::read(Value::root(&options).as_object().unwrap()).unwrap();
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let mut mapping = resolve(&header, values, schema, &options, None).unwrap();
        let columns = propose(&mut mapping, &header, values, schema, &options);
        (columns, mapping)
    }

    fn names_of(header: &[&str]) -> Vec<(String, String)> {
        let cells: Vec<Cell> = header.iter().map(|text| Cell::Text((*text).to_owned())).collect();
        let header = names(&cells);
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let values = vec![facts(&["x"]); header.len()];
        let (columns, _) = proposed(&header, &values, r#"{"create_columns":true}"#, &schema(SCHEMA));
        assert!(columns.iter().all(|column| is_plain_identifier(&column.name)), "{columns:?}");
        columns.into_iter().map(|column| (column.name, column.label)).collect()
    }

    #[test]
    fn names_are_valid_and_free() {
        for (label, expected) in [
            ("Unit price", "unit_price"),
            ("  Größe (cm) ", "grosse_cm"),
            ("Ｕｎｉｔ　Ｐｒｉｃｅ", "unit_price"),
            ("備考欄", "column_1"),
            ("備考", "notes"),
            ("電話番号", "phone"),
            ("電話番号2", "column_1"),
            ("2024", "column_2024"),
            ("1st", "column_1st"),
            ("--", "column_1"),
            ("id", "id_2"),
            ("data", "data_2"),
            ("table_id", "table_id_2"),
            ("番号", "number"),
            ("select", "select"),
            ("created at", "created_at_2"),
            ("row", "row"),
            ("Цена", "column_1"),
            ("цена USD", "usd"),
            ("a\u{1}b", "ab"),
            ("don't", "don_t"),
        ] {
            assert_eq!(names_of(&[label])[0].0, expected, "{label}");
        }
        // The table has a column of that name already.
        let found = names_of(&["OLD!", "amount (x)", "x", "X", "x_2", ""]);
        let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(found, ["old_2", "amount_x", "x", "x_3", "x_2", "column_6"]);
        let long = "long ".repeat(30);
        let found = names_of(&[&format!("{long}1"), &format!("{long}2"), &"あ".repeat(2_000)]);
        assert_eq!((found[0].0.len(), found[1].0.len(), found[2].0.as_str()), (63, 63, "column_3"));
        assert!(found[0].0.ends_with("_lon") && found[1].0.ends_with("_l_2"), "{found:?}");
        assert!(found[2].1.len() <= 1_024);
    }

    #[test]
    fn only_what_matches_no_column_is_made() {
        let header = ["Nr.", "E-mail", "氏名", "amount", "kept out", "_record_id", "column_7", "extra"];
        let values = ["1", "a@x.jp", "Ann", "5", "x", "", "", "x"].map(|text| facts(&[text]));
        let (columns, mapping) =
            proposed(&header, &values, r#"{"create_columns":true,"mapping":{"KEPT OUT":null}}"#, &schema(SCHEMA));
        let made: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(made, ["extra"]);
        assert_eq!(mapping.left_out, ["Nr.", "kept out", "column_7"]);
        let places: Vec<(usize, &str)> =
            mapping.columns.iter().map(|mapped| (mapped.cell, mapped.column.as_str())).collect();
        assert_eq!(places, [(1, "email"), (2, "name"), (3, "amount"), (7, "extra")]);
        let header = header.map(str::to_owned);
        assert_eq!(
            super::to_json(&columns, &header),
            r#"[{"name":"extra","label":"extra","type":"text","file_column":"extra"}]"#
        );
    }

    /// A table that was made from a file is the one that the file is for.
    #[test]
    fn the_same_file_again_makes_none() {
        let cells =
            ["", "A", "a", "Ａ_2", "電話番号", "TEL", "_row", "a b", "a-b", "a.b", "id", "2024", "株式会社", "x\u{1}"]
                .map(|text| Cell::Text(text.to_owned()));
        let header = names(&cells);
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let values = vec![facts(&["x"]); header.len()];
        let options = r#"{"create_columns":true}"#;
        let (columns, first) = proposed(&header, &values, options, &schema("{}"));
        assert_eq!(columns.len(), header.len());
        let rows: Vec<String> = columns.iter().map(NewColumn::to_row).collect();
        let made = schema(&format!(r#"{{"columns":[{}]}}"#, rows.join(",")));
        let (columns, second) = proposed(&header, &values, options, &made);
        assert_eq!((columns, second.columns), (Vec::new(), first.columns));
    }

    #[test]
    fn types_are_text_where_they_are_ambiguous() {
        let few: Vec<&str> = ["a", " B ", "b"].into_iter().cycle().take(30).collect();
        for (values, options, expected) in [
            (&["1", "2"][..], "", "integer"),
            (&["1.234", "2.345"], "", "text"),
            (&["1.234", "2.345"], r#","decimal_mark":",""#, "number"),
            (&["1.234", "2.5"], "", "number"),
            (&["01/02/2024", "03/04/2024"], "", "text"),
            (&["01/02/2024", "03/04/2024"], r#","date_order":"dmy""#, "date"),
            (&["01/02/2024", "03/04/2024"], r#","mapping":{"X":{"date_order":"dmy"}}"#, "date"),
            (&["01/02/2024", "31/04/2024"], "", "text"),
            (&["2024-01-05", "2024-01-06"], "", "date"),
            (&["2024-01-05", "2024-01-06 00:00", "2024-01-06T00:00:00Z"], "", "date"),
            (&["2024-01-05", "2024-01-05", "2024-01-05", "2024-01-05", "2024-01-06 10:30"], "", "text"),
            (&["2024-01-05 10:00", "2024-01-06 11:00"], "", "text"),
            (&["2024-01-05 10:00", "2024-01-06 11:00"], r#","utc_offset":"+09:00""#, "datetime"),
            (&["2024-01-05T10:00Z"], "", "datetime"),
            (&["yes", "no"], "", "boolean"),
            (&["007", "012"], "", "text"),
            (&["a\nb"], "", "long_text"),
            (&["12%"], "", "percent"),
            (&few, "", "select"),
            (&[""], "", "text"),
        ] {
            let options = format!(r#"{{"create_columns":true{options}}}"#);
            let (columns, mapping) = proposed(&["X"], &[facts(values)], &options, &schema("{}"));
            assert_eq!(columns[0].field_type, expected, "{values:?} {options}");
            assert_eq!(mapping.columns[0].plan.field_type, expected);
            let choices: &[&str] = if expected == "select" { &["B", "a"] } else { &[] };
            assert_eq!(columns[0].choices, choices);
        }
    }
}
