//! Suggestions which column of a table each column of a file is, with a score and its reasons.
//!
//! By name, label, usual synonyms and content. No column is suggested twice.
mod assign;
mod synonyms;

use super::columns::ColumnFacts;
use crate::core::fields::fold::fold_text;
use crate::core::work;
use assign::{Pair, assign};
use synonyms::{group, plain};

pub use synonyms::{is_known_name, usual_name};

#[cfg(test)]
mod tests;

/// A lower score is no suggestion.
const NEEDED_SCORE: f64 = 0.4;

/// A column of the table.
#[derive(Clone, Debug, Default)]
pub struct Target {
    pub name: String,
    pub label: String,
    pub field_type: String,
    /// Names of choices, for a select, multi_select or status.
    pub choices: Vec<String>,
    /// The server fills it; nothing is imported into it.
    pub is_computed: bool,
}

/// Why a column is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Name,
    Label,
    /// The name or label in another width or case, or with other marks between words.
    FoldedName,
    FoldedLabel,
    Synonym,
    /// The column's type takes most values.
    Content,
    Choices,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Name => "name",
            Reason::Label => "label",
            Reason::FoldedName => "folded_name",
            Reason::FoldedLabel => "folded_label",
            Reason::Synonym => "synonym",
            Reason::Content => "content",
            Reason::Choices => "choices",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    pub file_column: usize,
    pub target: usize,
    /// From 0 to 1.
    pub score: f64,
    pub reasons: Vec<Reason>,
}

/// A name in the forms that are compared.
struct Names {
    exact: String,
    folded: String,
    plain: String,
    group: Option<usize>,
}

impl Names {
    fn of(name: &str) -> Names {
        let plain = plain(name);
        let group = group(&plain);
        Names { exact: name.to_owned(), folded: fold_text(name), plain, group }
    }
}

/// The best suggestion for each column of the file that has one, in the file's order. `facts` may be empty; then names alone count.
pub fn suggest(headers: &[String], facts: &[ColumnFacts], targets: &[Target]) -> Vec<Suggestion> {
    let file: Vec<Names> = headers.iter().map(|name| Names::of(name)).collect();
    let table: Vec<(Names, Names)> =
        targets.iter().map(|target| (Names::of(&target.name), Names::of(&target.label))).collect();
    let mut pairs = Vec::new();
    for (left, names) in file.iter().enumerate() {
        for (right, target) in targets.iter().enumerate().filter(|(_, target)| !target.is_computed) {
            work::step();
            let (score, _) = judge(names, facts.get(left), target, &table[right]);
            if score >= NEEDED_SCORE {
                // Of equals the one nearer to the file's order.
                let nearness = 1e-6 / (1 + left.abs_diff(right)) as f64;
                pairs.push(Pair { left, right, score: score + nearness });
            }
        }
    }
    let suggestion = |pair: Pair| {
        let (score, reasons) = judge(&file[pair.left], facts.get(pair.left), &targets[pair.right], &table[pair.right]);
        Suggestion { file_column: pair.left, target: pair.right, score, reasons }
    };
    assign(&pairs).into_iter().map(suggestion).collect()
}

fn judge(file: &Names, facts: Option<&ColumnFacts>, target: &Target, table: &(Names, Names)) -> (f64, Vec<Reason>) {
    let (by_name, reason) = compare(file, &table.0, &table.1);
    let mut reasons: Vec<Reason> = reason.into_iter().collect();
    let Some(facts) = facts.filter(|facts| facts.filled > 0) else {
        return (by_name, reasons);
    };
    let (fit, is_telling) = content(facts, target);
    let is_by_choices = is_telling && !target.choices.is_empty();
    if is_telling && fit >= 0.8 {
        reasons.push(if is_by_choices { Reason::Choices } else { Reason::Content });
    }
    let score = match by_name {
        // Only types that few values have say something by themselves.
        0.0 if is_telling => 0.5 * fit,
        0.0 => 0.0,
        // A name whose column cannot take the values is doubtful.
        by_name => by_name * (0.6 + 0.4 * fit),
    };
    (score, reasons)
}

fn compare(file: &Names, name: &Names, label: &Names) -> (f64, Option<Reason>) {
    let is_label = !label.exact.is_empty();
    if file.exact == name.exact {
        return (1.0, Some(Reason::Name));
    }
    if is_label && file.exact == label.exact {
        return (0.98, Some(Reason::Label));
    }
    for (other, reason) in [(name, Reason::FoldedName), (label, Reason::FoldedLabel)] {
        if !other.exact.is_empty()
            && (file.folded == other.folded || (!file.plain.is_empty() && file.plain == other.plain))
        {
            return (0.95, Some(reason));
        }
    }
    let is_synonym = file.group.is_some() && (file.group == name.group || file.group == label.group);
    if is_synonym { (0.8, Some(Reason::Synonym)) } else { (0.0, None) }
}

/// The share of the values that the column's type takes, and whether that tells the column from others.
fn content(facts: &ColumnFacts, target: &Target) -> (f64, bool) {
    let share = |kind: &str| facts.shares.iter().find(|(name, _)| *name == kind).map_or(0.0, |(_, share)| *share);
    match target.field_type.as_str() {
        "select" | "multi_select" | "status" if !target.choices.is_empty() => {
            (known_choices(facts, &target.choices), true)
        }
        kind @ ("email" | "url" | "phone" | "uuid") => (share(kind), true),
        kind @ ("date" | "time" | "json" | "boolean") => (share(kind), false),
        "datetime" => (share("datetime").max(share("date")), false),
        "integer" | "rating" => (share("integer"), false),
        "percent" => (share("percent").max(share("number")), false),
        "number" | "decimal" | "currency" => (share("number").max(share("percent")), false),
        _ => (1.0, false),
    }
}

fn known_choices(facts: &ColumnFacts, choices: &[String]) -> f64 {
    let values = if facts.choices.is_empty() { &facts.samples } else { &facts.choices };
    let folded: Vec<String> = choices.iter().map(|choice| fold_text(choice)).collect();
    let known = values.iter().inspect(|_| work::steps(folded.len())).filter(|value| folded.contains(&fold_text(value)));
    known.count() as f64 / values.len().max(1) as f64
}
