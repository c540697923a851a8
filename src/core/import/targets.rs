//! The columns that a file can be imported into, and the columns of a file that are rowkit's own.
use super::error_file::{self, is_error_file};
use super::source::{Problem, ProblemClass};
use super::suggest::Target;
use crate::core::fields::Rule;
use crate::core::fields::fold::fold_text;
use crate::core::schema::{Common, Schema};
use crate::core::work;

/// The column of an exported file that holds the ids of records.
pub const RECORD_ID_COLUMN: &str = "_record_id";

/// The columns that can be imported into: those of the schema, and common fields that it does not have.
pub fn targets(schema: &Schema) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for column in schema.in_order() {
        work::step();
        let choices = match &column.rule {
            Rule::Select(choices) | Rule::MultiSelect(choices) => names(choices.all_names()),
            Rule::Status => names(schema.statuses.all_names()),
            _ => Vec::new(),
        };
        targets.push(Target {
            name: column.name.clone(),
            label: column.label.clone(),
            field_type: column.kind.clone(),
            choices,
            is_computed: column.rule.is_computed() || matches!(column.rule, Rule::Autonumber(_)),
        });
    }
    for common in Common::ALL {
        if schema.column(common.name()).is_none() {
            let (field_type, choices) = match common {
                Common::Email if schema.settings.check_email => ("email", Vec::new()),
                Common::Status => ("status", names(schema.statuses.all_names())),
                _ => ("text", Vec::new()),
            };
            targets.push(Target {
                name: common.name().to_owned(),
                label: String::new(),
                field_type: field_type.to_owned(),
                choices,
                is_computed: false,
            });
        }
    }
    targets
}

fn names(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

pub(super) fn is_own(name: &str, header: &[String]) -> bool {
    fold_text(name) == RECORD_ID_COLUMN || (is_error_file(header) && error_file::is_own(name))
}

pub(super) fn wrong(message: String) -> Problem {
    Problem::new(ProblemClass::Malformed, "import.mapping", message)
}

pub(super) fn find<'a>(targets: &'a [Target], schema: &Schema, name: &str) -> Option<&'a Target> {
    let name = schema.named(name).map_or(name, |column| &column.name);
    targets.iter().find(|target| target.name == name)
}
