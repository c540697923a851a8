//! select, multi_select and status: a name out of a set.
use super::cast::SEPARATORS;
use super::fold::fold_text;
use super::identifier::nearest;
use super::options::{Malformed, Options};
use crate::core::fault::Faults;
use crate::core::jsonb::{Array, JsonObjectWriter, Object, Value};
use crate::core::shown::shown;
use crate::core::work;
use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A fault names so many of the choices.
const NAMED: usize = 1_000;

/// The names that may be chosen.
#[derive(Debug, Default)]
pub struct Choices {
    /// In the order of definition.
    pub names: Vec<String>,
    /// The same names by id, for casting; of two with one id the first.
    ids: HashMap<String, String>,
    /// The ids by name, those of archived choices too; a name whose id another choice had first has none.
    ids_by_name: HashMap<String, String>,
    /// By their folded form; none where two names fold alike. Made when it is first asked.
    folded: OnceCell<HashMap<String, Option<usize>>>,
    /// How many pieces the names and ids are, cut at the separators of lists: the most first, each once.
    piece_counts: OnceCell<Vec<usize>>,
    set: HashSet<String>,
    /// Kept for the records that hold them; refused for new values.
    archived: HashSet<String>,
}

impl Choices {
    pub fn read(options: &mut Options<'_>) -> Result<Choices, Malformed> {
        let missing = || {
            Malformed::new("choices", "must be an array of names or of objects with a name")
                .hint(r##"For example {"choices": ["new", {"name": "won", "color": "#16A34A"}]}."##)
        };
        let list = options.value("choices").and_then(Value::as_array).ok_or_else(missing)?;
        let mut choices = Choices::default();
        for item in list.iter() {
            match item {
                Value::String(_) => choices.add(item.as_str().unwrap_or_default(), None, false)?,
                Value::Object(object) => choices.add_object(object, missing)?,
                _ => return Err(missing()),
            }
        }
        if choices.names.is_empty() {
            return Err(Malformed::new("choices", "must hold at least one choice that is not archived"));
        }
        Ok(choices)
    }

    fn add_object(&mut self, object: Object<'_>, missing: impl Fn() -> Malformed) -> Result<(), Malformed> {
        let name = object.get("name").and_then(Value::as_str).ok_or_else(missing)?;
        let archived = object.get("archived").and_then(Value::as_bool).unwrap_or(false);
        self.add(name, object.get("id").and_then(Value::as_str), archived)
    }

    pub fn add(&mut self, name: &str, id: Option<&str>, archived: bool) -> Result<(), Malformed> {
        if name.is_empty() {
            return Err(Malformed::new("choices", "must not hold an empty name"));
        }
        if self.set.contains(name) || self.archived.contains(name) {
            return Err(Malformed::new("choices", format!("names \"{}\" twice", shown(name))));
        }
        if let Some(id) = id
            && let Entry::Vacant(entry) = self.ids.entry(id.to_owned())
        {
            entry.insert(name.to_owned());
            self.ids_by_name.insert(name.to_owned(), id.to_owned());
        }
        self.folded.take();
        self.piece_counts.take();
        if archived {
            self.archived.insert(name.to_owned());
        } else {
            self.set.insert(name.to_owned());
            self.names.push(name.to_owned());
        }
        Ok(())
    }

    pub fn contains(&self, name: &str) -> bool {
        // Comparing a few names is faster than hashing one.
        if self.names.len() <= 8 { self.names.iter().any(|choice| choice == name) } else { self.set.contains(name) }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a record may hold the name, which may be archived.
    pub fn knows(&self, name: &str) -> bool {
        self.contains(name) || self.archived.contains(name)
    }

    /// How many there are, archived ones among them.
    pub fn count(&self) -> usize {
        self.names.len() + self.archived.len()
    }

    /// The names of all in alphabetical order, archived ones among them.
    pub fn all_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.iter().chain(&self.archived).map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The choice that is meant: by its name, its id, or its name but for case, width and blanks. Two names that fold alike
    /// leave the meaning open. The exact name of an archived choice means that one, which cannot be chosen. An empty text is no value, and blanks
    /// alone name only the choice that is exactly these.
    pub fn pick(&self, text: &str) -> Option<&str> {
        let named = |name: &str| self.set.get(name).map(String::as_str);
        if let Some(name) = named(text) {
            return Some(name);
        }
        if text.is_empty() || self.archived.contains(text) {
            return None;
        }
        if let Some(name) = self.ids.get(text) {
            return named(name);
        }
        let folded = self.folded.get_or_init(|| {
            let mut folded = HashMap::new();
            for (index, name) in self.names.iter().enumerate() {
                work::step();
                folded.entry(fold_text(name)).and_modify(|known| *known = None).or_insert(Some(index));
            }
            folded
        });
        let read = Some(fold_text(text)).filter(|read| !read.is_empty())?;
        folded.get(&read).copied().flatten().map(|index| self.names[index].as_str())
    }

    /// The choice of a name or an id, archived or not: for conditions, which choose nothing. An archived choice is named by its exact name or its id.
    pub fn find(&self, text: &str) -> Option<&str> {
        let is_archived = |name: &&String| self.archived.contains(name.as_str());
        let archived = || self.archived.get(text).or_else(|| self.ids.get(text).filter(is_archived));
        self.pick(text).or_else(|| archived().map(String::as_str))
    }

    /// The id of the choice that has exactly this name, archived or not.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        self.ids_by_name.get(name).map(String::as_str)
    }

    pub fn is_archived(&self, name: &str) -> bool {
        self.archived.contains(name)
    }

    pub fn piece_counts(&self) -> &[usize] {
        self.piece_counts.get_or_init(|| {
            let names = self.set.iter().chain(&self.archived).chain(self.ids.keys());
            let counts = names.inspect(|_| work::step()).map(|name| piece_count(name));
            let distinct: BTreeSet<usize> = counts.chain([1]).collect();
            distinct.into_iter().rev().collect()
        })
    }

    fn check_at(&self, at: String, name: &str, code: &'static str, faults: &mut Faults) {
        if self.contains(name) {
            return;
        }
        let (is_archived, near) =
            (self.archived.contains(name), nearest(name, self.names.iter().map(String::as_str)).map(shown));
        let name = shown(name);
        let choices = self.names.iter().take(NAMED).map(|choice| shown(choice));
        let params = JsonObjectWriter::new().text("value", &name).list("choices", choices);
        if is_archived {
            faults.add_at(
                at,
                code,
                params.json("archived", true),
                format!("must not be \"{name}\", which is archived"),
            );
            return;
        }
        // One of two or three characters is no misspelling of another: 失注 is the opposite of 受注.
        const SHORT: usize = 3;
        let message = match near {
            Some(_) if name.chars().count() <= SHORT => format!("must be one of {}, not \"{name}\"", self.listed()),
            Some(near) => format!("must not be \"{name}\"; perhaps you meant \"{near}\""),
            None => format!("must be one of the choices, not \"{name}\""),
        };
        faults.add_at(at, code, params, message);
    }

    /// The first names, for a sentence.
    fn listed(&self) -> String {
        const LISTED: usize = 10;
        let names: Vec<String> = self.names.iter().take(LISTED).map(|name| format!("\"{}\"", shown(name))).collect();
        let rest = self.names.len().saturating_sub(LISTED);
        if rest > 0 { format!("{} and {rest} more", names.join(", ")) } else { names.join(", ") }
    }

    pub fn check(&self, name: &str, code: &'static str, faults: &mut Faults) {
        self.check_at(String::new(), name, code, faults);
    }

    pub fn check_many(&self, array: Array<'_>, faults: &mut Faults) {
        const SEEN_BYTES: usize = 48;
        work::reserve(array.len().saturating_mul(SEEN_BYTES));
        let mut seen = HashSet::new();
        for (index, item) in array.iter().enumerate() {
            let at = || format!("/{index}");
            match item {
                Value::String(bytes) if !seen.insert(bytes) => {
                    let name = shown(item.as_str().unwrap_or_default());
                    let message = format!("must not name \"{name}\" twice");
                    faults.add_at(
                        at(),
                        "multi_select.duplicate",
                        JsonObjectWriter::new().text("value", &name),
                        message,
                    );
                }
                Value::String(_) => {
                    self.check_at(at(), item.as_str().unwrap_or_default(), "multi_select.unknown", faults);
                }
                other => super::wrong_type(at(), "string", other, faults),
            }
            if faults.is_full() {
                return;
            }
        }
    }
}

/// How many pieces a name is, cut at separators.
pub fn piece_count(name: &str) -> usize {
    1 + name.matches(SEPARATORS).count()
}
