//! Reads `tables.schema` and single column definitions, refusing what could not work.
use super::model::{Column, ColumnParts, Common, Malformed, RESERVED, Schema, Settings, UnknownKeys};
use crate::core::fields;
use crate::core::fields::identifier::{is_plain_identifier, nearest, uuid_bytes, uuid_text};
use crate::core::fields::{Choices, Faults, Options, Rule};
use crate::core::jsonb::{Object, Value, to_text};
use std::collections::HashSet;

const SCHEMA_KEYS: [&str; 5] = ["version", "columns", "statuses", "unknown_keys", "options"];
const COLUMN_KEYS: [&str; 11] = [
    "id",
    "name",
    "renamed_from",
    "label",
    "type",
    "required",
    "indexed",
    "searchable",
    "unique",
    "default",
    "options",
];

/// Compiles a whole schema. `{}` is the schema of a table without columns.
pub fn read(document: Value<'_>) -> Result<Schema, Malformed> {
    let wrong = |option: &str, message: &str| Malformed::of_schema(fields::Malformed::new(option, message));
    let object = document.as_object().ok_or_else(|| wrong("schema", "must be a JSON object"))?;
    refuse_unknown(object, &SCHEMA_KEYS).map_err(Malformed::of_schema)?;
    let version = match object.get("version") {
        None | Some(Value::Null) => 0,
        Some(value) => value
            .as_number()
            .and_then(|number| number.to_string().parse().ok())
            .ok_or_else(|| wrong("version", "must be a whole number"))?,
    };
    let unknown_keys = match object.get("unknown_keys") {
        None | Some(Value::Null) => UnknownKeys::default(),
        Some(value) => value
            .as_str()
            .and_then(UnknownKeys::named)
            .ok_or_else(|| wrong("unknown_keys", "must be \"strict\", \"allow\" or \"strip\""))?,
    };
    let settings = match object.get("options") {
        None | Some(Value::Null) => Settings::default(),
        Some(value) => read_settings(value)?,
    };
    let statuses = read_statuses(object)?;
    let mut columns = Vec::new();
    let (mut names, mut ids) = (HashSet::new(), HashSet::new());
    for (position, item) in list(object, "columns")?.enumerate() {
        let item = item.as_object().ok_or_else(|| wrong("columns", "must be an array of objects"))?;
        let mut column = read_column(parts(item)?, Some(&statuses))?;
        column.position = position;
        if !names.insert(column.name.clone()) {
            return Err(Malformed::of_column(
                &column.name,
                fields::Malformed::new("name", "stands twice in this table"),
            ));
        }
        if column.uuid().is_some_and(|id| !ids.insert(id)) {
            return Err(Malformed::of_column(&column.name, fields::Malformed::new("id", "is another column's, too")));
        }
        columns.push(column);
    }
    if let Some(column) =
        columns.iter().find(|column| column.former.as_ref().is_some_and(|former| !names.insert(former.clone())))
    {
        let former = column.former.as_deref().unwrap_or_default();
        return Err(Malformed::of_column(
            &column.name,
            fields::Malformed::new("renamed_from", format!("\"{former}\" is the name of another column"))
                .hint("While a column is renamed in batches its former name belongs to it. Finish the rename first."),
        ));
    }
    Ok(Schema::new(version, columns, statuses, unknown_keys, settings))
}

/// The settings of a table: `tables.options`.
pub fn read_settings(value: Value<'_>) -> Result<Settings, Malformed> {
    let object = value.as_object().ok_or_else(|| {
        Malformed::of_schema(fields::Malformed::new("options", format!("must be a JSON object, not {}", value.kind())))
    })?;
    let mut options = Options::new(Some(object));
    let read = |options: &mut Options<'_>| {
        Ok(Settings {
            check_email: options.boolean("check_email", true)?,
            check_status: options.boolean("check_status", true)?,
        })
    };
    let settings = read(&mut options).map_err(Malformed::of_schema)?;
    options.finish("a table", "Tables take").map_err(Malformed::of_schema)?;
    Ok(settings)
}

fn list<'a>(object: Object<'a>, key: &str) -> Result<impl Iterator<Item = Value<'a>> + use<'a>, Malformed> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(array)) => Ok(Some(array.iter())),
        Some(_) => Err(Malformed::of_schema(fields::Malformed::new(key, "must be an array"))),
    }
    .map(|items| items.into_iter().flatten())
}

fn read_statuses(object: Object<'_>) -> Result<Choices, Malformed> {
    let mut statuses = Choices::default();
    for item in list(object, "statuses")? {
        let status = item.as_object();
        let name = status.and_then(|status| status.get("name")).and_then(Value::as_str).ok_or_else(|| {
            Malformed::of_schema(fields::Malformed::new("statuses", "must be an array of objects with a name"))
        })?;
        let id = status.and_then(|status| status.get("id")).and_then(Value::as_str);
        statuses.add(name, id, false).map_err(|mut fault| {
            fault.option = "statuses".to_owned();
            Malformed::of_schema(fault)
        })?;
    }
    Ok(statuses)
}

fn refuse_unknown(object: Object<'_>, known: &[&'static str]) -> Result<(), fields::Malformed> {
    for (key, _) in object.iter() {
        let key = String::from_utf8_lossy(key);
        if !known.contains(&key.as_ref()) {
            let fault = fields::Malformed::new(&key, "is not a known property");
            return Err(match nearest(&key, known.iter().copied()) {
                Some(name) => fault.hint(format!("Perhaps you meant \"{name}\".")),
                None => fault.hint(format!("The properties are: {}.", known.join(", "))),
            });
        }
    }
    Ok(())
}

fn parts(object: Object<'_>) -> Result<ColumnParts<'_>, Malformed> {
    let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
    let of_column = |fault| Malformed::of_column(name, fault);
    refuse_unknown(object, &COLUMN_KEYS).map_err(of_column)?;
    let present = |key: &str| object.get(key).filter(|value| !value.is_null());
    let text = |key: &str| match present(key) {
        None => Ok(None),
        Some(value) => {
            value.as_str().map(Some).ok_or_else(|| of_column(fields::Malformed::new(key, "must be a string")))
        }
    };
    let flag = |key: &str| match present(key) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| of_column(fields::Malformed::new(key, "must be true or false"))),
    };
    let options = match present("options") {
        None => None,
        Some(value) => Some(
            value.as_object().ok_or_else(|| of_column(fields::Malformed::new("options", "must be a JSON object")))?,
        ),
    };
    flag("indexed")?;
    Ok(ColumnParts {
        id: text("id")?,
        name,
        renamed_from: text("renamed_from")?,
        label: text("label")?,
        kind: text("type")?.unwrap_or_default(),
        required: flag("required")?,
        unique: flag("unique")?,
        searchable: flag("searchable")?,
        indexed: flag("indexed")?,
        default: present("default"),
        options,
    })
}

/// Compiles one column. `statuses` are those of its table, where they are known: a status column's default is one.
pub fn read_column(parts: ColumnParts<'_>, statuses: Option<&Choices>) -> Result<Column, Malformed> {
    let name = parts.name;
    let of_column = |fault| Malformed::of_column(name, fault);
    if !is_plain_identifier(name) {
        return Err(of_column(
            fields::Malformed::new("name", "is not a plain identifier")
                .hint("A name begins with a letter or _ and holds letters, digits and _ (ASCII, at most 63). Any text may be the label."),
        ));
    }
    if RESERVED.contains(&name) {
        return Err(of_column(
            fields::Malformed::new("name", "is taken by the records table itself")
                .hint(format!("These names are taken: {}.", RESERVED.join(", "))),
        ));
    }
    let rule = Rule::read(parts.kind, Options::new(parts.options)).map_err(of_column)?;
    let common = Common::named(name);
    if let Some(former) = parts.renamed_from {
        let is_key =
            |name: &str| is_plain_identifier(name) && !RESERVED.contains(&name) && Common::named(name).is_none();
        if former == name || common.is_some() || !is_key(former) {
            return Err(of_column(
                fields::Malformed::new("renamed_from", "must be another name that a custom column can have")
                    .hint("rowkit.rename_column_in_batches() sets it while the rename is under way."),
            ));
        }
    }
    refuse_contradictions(&parts, &rule, common).map_err(of_column)?;
    let default = match parts.default.filter(|value| !value.is_null()) {
        None => None,
        Some(value) => Some(read_default(value, &rule, statuses).map_err(of_column)?),
    };
    let label = parts.label.filter(|label| !label.is_empty()).unwrap_or(name);
    Ok(Column {
        id: parts.id.map(str::to_owned),
        name: name.to_owned(),
        key_id: parts.id.and_then(uuid_bytes).map_or_else(|| name.to_owned(), |id| uuid_text(&id)),
        former: parts.renamed_from.map(str::to_owned),
        label: label.to_owned(),
        kind: parts.kind.to_owned(),
        rule,
        required: parts.required,
        unique: parts.unique,
        searchable: parts.searchable,
        indexed: parts.indexed,
        common,
        default,
        position: 0,
    })
}

fn refuse_contradictions(
    parts: &ColumnParts<'_>,
    rule: &Rule,
    common: Option<Common>,
) -> Result<(), fields::Malformed> {
    let computed = rule.is_computed();
    let complaint = if parts.unique && !rule.can_be_unique() {
        ("unique", format!("cannot be asked of type {}", parts.kind))
    } else if computed && parts.required {
        ("required", format!("cannot be asked of type {}, which the server fills", parts.kind))
    } else if computed && parts.default.is_some() {
        ("default", format!("cannot be given to type {}, which the server fills", parts.kind))
    } else if common.is_some() && rule.json_type() != "string" || common.is_some() && matches!(rule, Rule::Json(_)) {
        ("type", format!("cannot be {}: records keep \"{}\" in a text column", parts.kind, parts.name))
    } else {
        return Ok(());
    };
    Err(fields::Malformed::new(complaint.0, complaint.1))
}

fn read_default(value: Value<'_>, rule: &Rule, statuses: Option<&Choices>) -> Result<Box<[u8]>, fields::Malformed> {
    let mut faults = Faults::all();
    match (rule, statuses) {
        // A table's statuses may be added after its columns; the default is looked at again with each schema.
        (Rule::Status, None) => {}
        (rule, statuses) => rule.check(&value, statuses.unwrap_or(&Choices::default()), &mut faults),
    }
    if let Some(fault) = faults.iter().next() {
        return Err(fields::Malformed::new(
            "default",
            format!("{} breaks the column's own rule: it {}", fields::shown(&to_text(value)), fault.message),
        ));
    }
    Ok(value.document().into())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::core::jsonb::{Value, fixture::document};

    fn message(schema: &str) -> String {
        let bytes = document(schema);
        match read(Value::root(&bytes)) {
            Ok(schema) => format!("{} columns", schema.columns.len()),
            Err(malformed) => malformed.message(),
        }
    }

    fn column(definition: &str) -> String {
        message(&format!(r#"{{"columns":[{definition}]}}"#))
    }

    #[test]
    fn reads_the_seed_format() {
        let schema = r##"{"version":1,"columns":[
            {"id":"col_1","name":"name","label":"名前","type":"text","required":true,"indexed":true},
            {"id":"col_2","name":"email","label":"メールアドレス","type":"email","required":false,"indexed":true}],
            "statuses":[{"id":"status_1","name":"リード","color":"#3B82F6","order":1}]}"##;
        assert_eq!(message(schema), "2 columns");
        assert_eq!(message("{}"), "0 columns");
    }

    #[test]
    fn a_table_has_options() {
        assert_eq!(message(r#"{"options":{"check_email":false,"check_status":true,"ui":{"icon":"x"}}}"#), "0 columns");
        for (options, expected) in [
            ("5", "table schema: options must be a JSON object, not number"),
            (r#"{"check_email":"no"}"#, "table schema: check_email must be true or false, not string"),
            (r#"{"check_emial":true}"#, "table schema: check_emial is not an option of a table"),
        ] {
            assert_eq!(message(&format!(r#"{{"options":{options}}}"#)), expected);
        }
    }

    #[test]
    fn names_the_column_and_the_option() {
        for (definition, expected) in [
            (r#"{"name":"a","type":"txt"}"#, "column \"a\": type \"txt\" is not a field type"),
            (r#"{"name":"a b","type":"text"}"#, "column \"a b\": name is not a plain identifier"),
            (r#"{"name":"data","type":"text"}"#, "column \"data\": name is taken by the records table itself"),
            (r#"{"name":"a","type":"integer","options":{"min":2,"max":1}}"#, "column \"a\": min 2 lies above max 1"),
            (
                r#"{"name":"a","type":"integer","options":{"maximum":1}}"#,
                "column \"a\": maximum is not an option of this type",
            ),
            (r#"{"name":"a","type":"boolean","unique":true}"#, "column \"a\": unique cannot be asked of type boolean"),
            (
                r#"{"name":"a","type":"integer","default":"x"}"#,
                "column \"a\": default \"x\" breaks the column's own rule: it must be a number, not a string",
            ),
            (
                r#"{"name":"a","type":"text"},{"name":"a","type":"text"}"#,
                "column \"a\": name stands twice in this table",
            ),
            (
                r#"{"id":"00000000-0000-4000-8000-00000000000a","name":"a","type":"text"},
                   {"id":"00000000-0000-4000-8000-00000000000A","name":"b","type":"text"}"#,
                "column \"b\": id is another column's, too",
            ),
            (
                r#"{"name":"b","renamed_from":"a","type":"text"},{"name":"a","type":"text"}"#,
                "column \"b\": renamed_from \"a\" is the name of another column",
            ),
            (
                r#"{"name":"b","renamed_from":"email","type":"text"}"#,
                "column \"b\": renamed_from must be another name that a custom column can have",
            ),
            (
                r#"{"name":"email","type":"integer"}"#,
                "column \"email\": type cannot be integer: records keep \"email\" in a text column",
            ),
        ] {
            assert_eq!(column(definition), expected);
        }
        assert!(column(r#"{"name":"a","type":"text","options":{"pattern":"("}}"#).starts_with("column \"a\": pattern"));
        assert!(
            column(r#"{"name":"a","type":"text","options":{"pattern":"((a{1,500}){1,500}){1,500}"}}"#)
                .contains("too large")
        );
    }
}
