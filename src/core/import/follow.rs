//! Which column of the table each column of a file is followed to: by the given mapping, by the one that is remembered, or by suggestions.
//!
//! A column of which nothing is said and that nothing is suggested for is left out, or becomes a new column of the table where the caller wants these.
use super::columns::ColumnFacts;
use super::header::is_nameless;
use super::options::{EVERY_OTHER, ImportOptions, Mapped};
use super::source::Problem;
use super::suggest::{Suggestion, Target, suggest};
use super::targets::{find, is_own, targets, wrong};
use crate::core::fields::fold::fold_text;
use crate::core::fields::shown;
use crate::core::schema::Schema;
use crate::core::work;
use std::collections::{BTreeMap, HashSet};

/// A suggestion of a lower score is shown, and not followed unasked.
const FOLLOWED_SCORE: f64 = 0.6;

/// Where it comes from what becomes of a column of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Given,
    Remembered,
    Suggested,
}

impl Origin {
    pub fn name(self) -> &'static str {
        match self {
            Origin::Given => "mapping",
            Origin::Remembered => "remembered",
            Origin::Suggested => "suggestion",
        }
    }
}

/// What becomes of a column of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    pub mapped: Mapped,
    pub origin: Origin,
}

/// A name or a label, but for case and width, has at least this score.
const NAMED_SCORE: f64 = 0.95;

/// Suggestions for a file's columns, in their order, without those that rowkit wrote itself. A column with the name of a column of the table is matched by
/// that name alone. The other columns are matched by their values, too.
pub fn suggestions(header: &[String], facts: &[ColumnFacts], targets: &[Target]) -> Vec<Suggestion> {
    let is_free = |suggestion: &Suggestion| !is_own(&header[suggestion.file_column], header);
    let named = suggest(header, &[], targets).into_iter().filter(|suggestion| suggestion.score >= NAMED_SCORE);
    let mut found: Vec<Suggestion> = named.filter(is_free).collect();
    let mut others = header.to_vec();
    let mut left: Vec<Target> = targets.to_vec();
    for suggestion in &found {
        work::step();
        others[suggestion.file_column].clear();
        left[suggestion.target].is_computed = true;
    }
    let by_content = suggest(&others, facts, &left).into_iter();
    found.extend(by_content.filter(|suggestion| !others[suggestion.file_column].is_empty() && is_free(suggestion)));
    found.sort_by_key(|suggestion| suggestion.file_column);
    found
}

/// What is followed for each column of the file: the given mapping, laid over the one that is remembered for this header, or over suggestions where none
/// is. A column of the table that the given mapping names is filled by nothing else.
pub fn follow(
    header: &[String],
    facts: &[ColumnFacts],
    schema: &Schema,
    options: &ImportOptions,
    remembered: Option<&BTreeMap<String, Mapped>>,
) -> Result<Vec<Followed>, Problem> {
    let targets = targets(schema);
    let given = options.mapping.as_ref();
    let leaves_others = given.is_some_and(|given| given.get(EVERY_OTHER).is_some_and(|other| other.is_left_out));
    let mut followed = match remembered {
        _ if leaves_others => {
            let mapped = Mapped { is_left_out: true, ..Mapped::default() };
            vec![Followed { mapped, origin: Origin::Given }; header.len()]
        }
        Some(remembered) => remembered_by_place(header, remembered, schema, &targets, options),
        None => {
            let mut followed = vec![Followed { mapped: Mapped::default(), origin: Origin::Suggested }; header.len()];
            suggest_others(&mut followed, header, facts, schema, &targets);
            followed
        }
    };
    if let Some(given) = given {
        lay_over(&mut followed, given, header, leaves_others, |name| {
            find(&targets, schema, name).map_or(name, |target| &target.name).to_owned()
        })?;
    }
    if options.create_columns {
        suggest_others(&mut followed, header, facts, schema, &targets);
    }
    Ok(followed)
}

/// What the last import of the header did with each column. Columns that were deleted since are not asked for again; where columns are made, those that
/// were left out then count as not said.
fn remembered_by_place(
    header: &[String],
    remembered: &BTreeMap<String, Mapped>,
    schema: &Schema,
    targets: &[Target],
    options: &ImportOptions,
) -> Vec<Followed> {
    let is_there = |mapped: &&Mapped| match mapped.column.as_deref() {
        Some(name) => find(targets, schema, name).is_some(),
        None => !options.create_columns,
    };
    let followed = |name: &String| match entry(remembered, name).map(|(_, mapped)| mapped).filter(is_there) {
        Some(mapped) => Followed { mapped: mapped.clone(), origin: Origin::Remembered },
        None if options.create_columns => Followed { mapped: Mapped::default(), origin: Origin::Suggested },
        None => Followed { mapped: Mapped::default(), origin: Origin::Remembered },
    };
    header.iter().inspect(|_| work::step()).map(followed).collect()
}

/// What the caller says of columns, over what is followed without that. A name that the file does not have is refused. `target_of`: the name of a column of
/// the table that is given by name or id.
fn lay_over(
    followed: &mut [Followed],
    given: &BTreeMap<String, Mapped>,
    header: &[String],
    leaves_others: bool,
    target_of: impl Fn(&str) -> String,
) -> Result<(), Problem> {
    let wanted: HashSet<String> =
        given.values().filter_map(|mapped| mapped.column.as_deref()).map(&target_of).collect();
    let mut used: HashSet<&str> = HashSet::new();
    if leaves_others {
        used.insert(EVERY_OTHER);
    }
    for (name, followed) in header.iter().zip(followed) {
        work::step();
        let is_taken = |column: &String| wanted.contains(&target_of(column));
        match entry(given, name) {
            Some((key, mapped)) => {
                used.insert(key);
                let mut mapped = mapped.clone();
                // How its cells are read is all that is said: it goes where it would go.
                if mapped.column.is_none() && !mapped.is_left_out {
                    mapped.column = followed.mapped.column.take().filter(|column| !is_taken(column));
                }
                *followed = Followed { mapped, origin: Origin::Given };
            }
            None if followed.mapped.column.as_ref().is_some_and(is_taken) => {
                *followed = Followed { mapped: Mapped::default(), origin: Origin::Given };
            }
            None => {}
        }
    }
    match given.keys().find(|name| !used.contains(name.as_str())) {
        Some(name) => Err(wrong(format!("The file has no column \"{}\", which the mapping names.", shown(name)))
            .hint(format!("Its columns are {}.", listed(header)))),
        None => Ok(()),
    }
}

/// What a mapping says of a column of the file: under its name, else under one that is the same but for case and width.
pub(super) fn entry<'m>(mapping: &'m BTreeMap<String, Mapped>, name: &str) -> Option<(&'m String, &'m Mapped)> {
    mapping.get_key_value(name).or_else(|| {
        work::steps(mapping.len());
        mapping.iter().find(|(key, _)| fold_text(key) == fold_text(name))
    })
}

/// Columns of which nothing is said go where they are suggested.
fn suggest_others(
    followed: &mut [Followed],
    header: &[String],
    facts: &[ColumnFacts],
    schema: &Schema,
    targets: &[Target],
) {
    let (mut others, mut left) = (header.to_vec(), targets.to_vec());
    for (name, Followed { mapped, .. }) in others.iter_mut().zip(followed.iter()) {
        work::step();
        let taken = mapped.column.as_deref().and_then(|column| find(targets, schema, column));
        if let Some(taken) = taken {
            left.iter_mut().filter(|target| target.name == taken.name).for_each(|target| target.is_computed = true);
        }
        if mapped.is_left_out || mapped.column.is_some() || is_own(name, header) {
            name.clear();
        }
    }
    let found = suggestions(&others, facts, &left).into_iter();
    for suggestion in found.filter(|suggestion| suggestion.score >= FOLLOWED_SCORE) {
        let followed = &mut followed[suggestion.file_column];
        followed.mapped.column = Some(targets[suggestion.target].name.clone());
        followed.origin = Origin::Suggested;
    }
}

/// The places of columns that become no columns of the table: those named as one that the server fills, and those without a name and a value.
pub(super) fn not_made(header: &[String], facts: &[ColumnFacts], targets: &[Target]) -> HashSet<usize> {
    let computed: Vec<Target> = targets
        .iter()
        .filter(|target| target.is_computed)
        .map(|target| Target { is_computed: false, ..target.clone() })
        .collect();
    let named = suggest(header, &[], &computed).into_iter().filter(|suggestion| suggestion.score >= NAMED_SCORE);
    let mut places: HashSet<usize> = named.map(|suggestion| suggestion.file_column).collect();
    let is_blank = |place: usize| facts.get(place).is_none_or(|facts| facts.filled == 0);
    let nameless = header.iter().enumerate().filter(|(place, name)| is_blank(*place) && is_nameless(name, *place));
    places.extend(nameless.map(|(place, _)| place));
    places
}

fn listed(header: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut names: Vec<String> = header.iter().take(SHOWN).map(|name| shown(name).into_owned()).collect();
    if header.len() > SHOWN {
        names.push(format!("and {} more", header.len() - SHOWN));
    }
    names.join(", ")
}
