//! What a JSON Schema holds, and where: its sizes are bounded, its references are resolved.
use crate::core::pattern;
use crate::core::work;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::rc::Rc;
use url::Url;

const MOST_VALUES: usize = 50_000;
const MOST_DEPTH: usize = 64;
/// Values of one `enum`: of texts, which are hashed, and of others, which are compared one by one.
const MOST_TEXTS: usize = 10_000;
const MOST_OTHERS: usize = 1_000;
/// Digits of one number.
const MOST_DIGITS: usize = 1_000;
/// The bytes that all patterns together compile to.
const MOST_PATTERN_BYTES: usize = 16 << 20;
/// A match of a text of n bytes with a pattern of m compiled bytes takes n times m steps at worst, and no interrupt ends
/// it: this many take about half a second.
const MATCH_STEPS: usize = 1_500_000_000;
/// Formats are checked in linear time; `regex` is compiled.
const LONGEST_FORMATTED: usize = 1 << 20;
const LONGEST_REGEX: usize = 8 * 1024;

pub(super) fn shown(path: &str) -> String {
    if path.is_empty() { "the root".to_owned() } else { format!("\"{path}\"") }
}

pub(super) fn too_large(path: &str, what: &str) -> String {
    format!("is too large at {}: {what}", shown(path))
}

/// A document, or a part of one with an identifier of its own.
pub(super) struct Resource<'s> {
    pub(super) root: &'s Value,
    pub(super) uri: Option<Url>,
    /// As it was written.
    pub(super) written: &'s str,
}

/// The location of an object in the schema.
pub(super) struct Place {
    pub(super) path: String,
    /// The resources around it, the innermost last.
    pub(super) within: Rc<[usize]>,
}

/// Everything in the schema, whether it is a subschema or not.
pub(super) struct Survey<'s> {
    pub(super) values: usize,
    pub(super) pattern_bytes: usize,
    pub(super) longest_text: usize,
    pub(super) longest_name: usize,
    pub(super) resources: Vec<Resource<'s>>,
    pub(super) anchors: HashMap<&'s str, Vec<&'s Value>>,
    pub(super) recursive_anchors: Vec<&'s Value>,
    pub(super) places: HashMap<*const Value, Place>,
}

impl Default for Survey<'_> {
    fn default() -> Self {
        Survey {
            values: 0,
            pattern_bytes: 0,
            longest_text: usize::MAX,
            longest_name: 0,
            resources: Vec::new(),
            anchors: HashMap::new(),
            recursive_anchors: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<'s> Survey<'s> {
    pub(super) fn value(
        &mut self,
        value: &'s Value,
        path: String,
        depth: usize,
        within: Rc<[usize]>,
    ) -> Result<(), String> {
        work::step();
        work::descend();
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(too_large(&path, &format!("it has more than {MOST_VALUES} values")));
        }
        if depth > MOST_DEPTH {
            return Err(too_large(&path, &format!("it is nested deeper than {MOST_DEPTH} levels")));
        }
        match value {
            Value::Number(number) if number.to_string().len() > MOST_DIGITS => {
                Err(too_large(&path, &format!("a number has more than {MOST_DIGITS} digits")))
            }
            Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                self.value(item, format!("{path}/{index}"), depth + 1, Rc::clone(&within))
            }),
            Value::Object(object) => self.object(value, object, path, depth, within),
            _ => Ok(()),
        }
    }

    pub(super) fn object(
        &mut self,
        value: &'s Value,
        object: &'s Map<String, Value>,
        path: String,
        depth: usize,
        within: Rc<[usize]>,
    ) -> Result<(), String> {
        let within = self.resource(value, object, within);
        for name in ["$anchor", "$dynamicAnchor"] {
            if let Some(anchor) = object.get(name).and_then(Value::as_str) {
                self.anchors.entry(anchor).or_default().push(value);
            }
        }
        if object.get("$recursiveAnchor") == Some(&Value::Bool(true)) {
            self.recursive_anchors.push(value);
        }
        self.keywords(object, &path)?;
        for (name, member) in object {
            self.longest_name = self.longest_name.max(name.len());
            self.value(member, format!("{path}{}", crate::core::fault::pointer(name)), depth + 1, Rc::clone(&within))?;
        }
        self.places.insert(value, Place { path, within });
        Ok(())
    }

    /// The resources around an object, its own among them if it is the root or has an identifier.
    pub(super) fn resource(
        &mut self,
        value: &'s Value,
        object: &'s Map<String, Value>,
        within: Rc<[usize]>,
    ) -> Rc<[usize]> {
        let written = ["$id", "id"].into_iter().find_map(|name| object.get(name).and_then(Value::as_str));
        if written.is_none() && !within.is_empty() {
            return within;
        }
        let written = written.unwrap_or_default();
        let base = within.last().and_then(|index| self.resources[*index].uri.clone());
        #[expect(clippy::disallowed_methods, reason = "a constant")]
        let base = base.or_else(|| Url::parse("json-schema:///").ok());
        let uri = base.and_then(|base| base.join(written).ok());
        // An anchor in the form of older drafts.
        if let Some(anchor) = written.strip_prefix('#') {
            self.anchors.entry(anchor).or_default().push(value);
        }
        self.resources.push(Resource { root: value, uri, written });
        within.iter().copied().chain([self.resources.len() - 1]).collect()
    }

    /// The sizes of what keywords compile to. What only looks like a keyword, as in an `enum`, counts too.
    pub(super) fn keywords(&mut self, object: &'s Map<String, Value>, path: &str) -> Result<(), String> {
        if let Some(Value::Array(values)) = object.get("enum") {
            let is_hashed = values.iter().all(|value| value.is_string() || value.is_null());
            let most = if is_hashed { MOST_TEXTS } else { MOST_OTHERS };
            if values.len() > most {
                return Err(too_large(&format!("{path}/enum"), &format!("it has more than {most} values")));
            }
        }
        if let Some(Value::String(pattern)) = object.get("pattern") {
            self.pattern(pattern, &format!("{path}/pattern"))?;
        }
        if let Some(Value::Object(patterns)) = object.get("patternProperties") {
            for pattern in patterns.keys() {
                work::step();
                self.pattern(pattern, &format!("{path}/patternProperties"))?;
            }
        }
        if let Some(Value::String(format)) = object.get("format") {
            let most = if format == "regex" { LONGEST_REGEX } else { LONGEST_FORMATTED };
            self.longest_text = self.longest_text.min(most);
        }
        if object.contains_key("contentMediaType") || object.contains_key("contentEncoding") {
            self.longest_text = self.longest_text.min(LONGEST_FORMATTED);
        }
        Ok(())
    }

    pub(super) fn pattern(&mut self, pattern: &str, path: &str) -> Result<(), String> {
        work::step();
        if let Some(why) = pattern::too_costly(pattern) {
            return Err(too_large(path, &why));
        }
        // One that cannot be compiled is for the crate to complain of.
        let Some(weight) = pattern::weight(pattern) else { return Ok(()) };
        self.pattern_bytes += weight;
        if self.pattern_bytes > MOST_PATTERN_BYTES {
            return Err(too_large(path, &format!("the patterns compile to more than {MOST_PATTERN_BYTES} bytes")));
        }
        self.longest_text = self.longest_text.min(MATCH_STEPS / weight);
        Ok(())
    }

    pub(super) fn place(&self, value: &Value) -> Option<&Place> {
        self.places.get(&std::ptr::from_ref(value))
    }

    /// What a reference may name: more than one only where it depends on the way that led to it, or on a draft.
    pub(super) fn referred(&self, keyword: &str, reference: &str, place: &Place) -> Result<Vec<&'s Value>, String> {
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = percent_decoded(fragment);
        let mut found: Vec<&'s Value> = Vec::new();
        let mut add = |value: &'s Value| {
            if !found.iter().any(|known| std::ptr::eq(*known, value)) {
                found.push(value);
            }
        };
        if keyword == "$recursiveRef" {
            self.recursive_anchors.iter().for_each(|value| add(value));
        }
        let is_pointer = fragment.is_empty() || fragment.starts_with('/');
        if !is_pointer {
            self.anchors.get(&*fragment).into_iter().flatten().for_each(|value| add(value));
        }
        for (index, resource) in self.resources.iter().enumerate() {
            work::step();
            let is_meant = match address {
                "" => place.within.contains(&index),
                _ => {
                    let bases = place.within.iter().filter_map(|index| self.resources[*index].uri.as_ref());
                    let mut bases = bases.map(|base| base.join(address).ok());
                    resource.written.trim_end_matches('#') == address
                        || bases.any(|uri| uri.is_some() && without_fragment(&uri) == without_fragment(&resource.uri))
                }
            };
            if is_meant && is_pointer {
                resource.root.pointer(&fragment).into_iter().for_each(&mut add);
            }
        }
        if found.is_empty() && !address.contains("json-schema.org/") {
            return Err(format!(
                "is not a valid JSON Schema: {keyword} at {} names \"{reference}\", which is not in the schema",
                shown(&place.path)
            ));
        }
        Ok(found)
    }
}

pub(super) fn without_fragment(uri: &Option<Url>) -> Option<Url> {
    let mut uri = uri.clone()?;
    uri.set_fragment(None);
    Some(uri)
}

pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = (*first == b'%').then(|| behind.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &behind[2..]).1,
            None => (bytes.push(*first), rest = behind).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
