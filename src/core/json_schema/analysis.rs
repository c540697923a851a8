//! Cost analysis of a JSON Schema when it is defined. A schema that could take more than linear time in the document, or
//! that is too large to compile, is refused with the path of the subschema.
//!
//! The schema is a graph. Its nodes are subschemas, its edges say which subschema applies which other one, and where:
//! to the same value (`$ref`, `allOf`, `not` …), to a member or to an item. Three things are bounded:
//! - *branches*: how many subschemas apply to one value, counted along every way through `$ref`, and how deep they nest;
//! - *expansion*: how many ways lead from the root to subschemas of any value, recursion left out;
//! - *recursion*: a subschema that can come back to itself must not do so at the same value, and must lead into recursion
//!   at most once for each member and item, or its work would double with each level of the document.
use crate::core::pattern;
use crate::core::work;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::rc::Rc;
use url::Url;

/// A schema's jsonb may take this many bytes.
pub const MOST_BYTES: usize = 512 * 1024;
const MOST_VALUES: usize = 50_000;
const MOST_DEPTH: usize = 64;
/// Values of one `enum`: of texts, which are hashed, and of others, which are compared one by one.
const MOST_TEXTS: usize = 10_000;
const MOST_OTHERS: usize = 1_000;
/// Digits of one number.
const MOST_DIGITS: usize = 1_000;
/// The bytes that all patterns together compile to.
const MOST_PATTERN_BYTES: usize = 16 << 20;
/// Subschemas that apply to one value, along every way, and how deep they nest.
const MOST_BRANCHES: u64 = 2_000;
const DEEPEST_BRANCH: u64 = 100;
const MOST_EXPANSION: u64 = 200_000;
/// A match of a text of n bytes with a pattern of m compiled bytes takes n times m steps at worst, and no interrupt ends
/// it: this many take about half a second.
const MATCH_STEPS: usize = 1_500_000_000;
/// Formats are checked in linear time; `regex` is compiled.
const LONGEST_FORMATTED: usize = 1 << 20;
const LONGEST_REGEX: usize = 8 * 1024;

/// What an evaluation has to know.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The longest text that may be matched with the schema's patterns and formats.
    pub longest_text: usize,
    /// The longest name of a member that the schema has.
    pub longest_name: usize,
    pub is_recursive: bool,
}

/// Looks at a schema; the error is a predicate ("is …").
pub fn analyse(schema: &Value) -> Result<Bounds, String> {
    let mut survey = Survey::default();
    survey.value(schema, String::new(), 1, Rc::from([]))?;
    let mut graph = Graph::new(&survey);
    let root = graph.add(schema)?;
    graph.explore()?;
    let order = graph.order_in_place()?;
    let recursive = graph.recursion();
    if crate::core::check::in_force("schema_analysis") {
        graph.bound_branches(&order)?;
        graph.bound_recursion(&recursive, &order)?;
        graph.bound_expansion(&recursive)?;
    }
    let _ = root;
    Ok(Bounds {
        longest_text: survey.longest_text,
        longest_name: survey.longest_name,
        is_recursive: recursive.component.iter().any(Option::is_some),
    })
}

fn shown(path: &str) -> String {
    if path.is_empty() { "the root".to_owned() } else { format!("\"{path}\"") }
}

fn too_large(path: &str, what: &str) -> String {
    format!("is too large at {}: {what}", shown(path))
}

/// A document, or a part of one with an identifier of its own.
struct Resource<'s> {
    root: &'s Value,
    uri: Option<Url>,
    /// As it was written.
    written: &'s str,
}

/// Where an object lies.
struct Place {
    path: String,
    /// The resources around it, the innermost last.
    within: Rc<[usize]>,
}

/// Everything in the schema, whether it is a subschema or not.
struct Survey<'s> {
    values: usize,
    pattern_bytes: usize,
    longest_text: usize,
    longest_name: usize,
    resources: Vec<Resource<'s>>,
    anchors: HashMap<&'s str, Vec<&'s Value>>,
    recursive_anchors: Vec<&'s Value>,
    places: HashMap<*const Value, Place>,
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
    fn value(&mut self, value: &'s Value, path: String, depth: usize, within: Rc<[usize]>) -> Result<(), String> {
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

    fn object(
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
    fn resource(&mut self, value: &'s Value, object: &'s Map<String, Value>, within: Rc<[usize]>) -> Rc<[usize]> {
        let written = ["$id", "id"].into_iter().find_map(|name| object.get(name).and_then(Value::as_str));
        if written.is_none() && !within.is_empty() {
            return within;
        }
        let written = written.unwrap_or_default();
        let base = within.last().and_then(|index| self.resources[*index].uri.clone());
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
    fn keywords(&mut self, object: &'s Map<String, Value>, path: &str) -> Result<(), String> {
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

    fn pattern(&mut self, pattern: &str, path: &str) -> Result<(), String> {
        work::step();
        // One that cannot be compiled is for the crate to complain of.
        let Some(weight) = pattern::weight(pattern) else { return Ok(()) };
        self.pattern_bytes += weight;
        if self.pattern_bytes > MOST_PATTERN_BYTES {
            return Err(too_large(path, &format!("the patterns compile to more than {MOST_PATTERN_BYTES} bytes")));
        }
        self.longest_text = self.longest_text.min(MATCH_STEPS / weight);
        Ok(())
    }

    fn place(&self, value: &Value) -> Option<&Place> {
        self.places.get(&std::ptr::from_ref(value))
    }

    /// What a reference may name: more than one only where it depends on the way that led to it, or on a draft.
    fn referred(&self, keyword: &str, reference: &str, place: &Place) -> Result<Vec<&'s Value>, String> {
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

fn without_fragment(uri: &Option<Url>) -> Option<Url> {
    let mut uri = uri.clone()?;
    uri.set_fragment(None);
    Some(uri)
}

fn percent_decoded(text: &str) -> String {
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

/// To what a subschema applies another one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Selector<'s> {
    /// The same value.
    Here,
    Member(&'s str),
    /// Whatever member a pattern or `unevaluatedProperties` takes.
    AnyMember,
    /// The members that stand in no `properties` beside it.
    OtherMembers,
    /// The names of members, which are texts: nothing below them recurs.
    Names,
    Item(usize),
    AnyItem,
    /// The items from this one on.
    ItemsFrom(usize),
}

struct Edge<'s> {
    selector: Selector<'s>,
    /// One of these.
    targets: Vec<usize>,
}

struct Subschema<'s> {
    value: &'s Value,
    path: &'s str,
    edges: Vec<Edge<'s>>,
    /// It asks once more which members or items its branches took.
    evaluates_again: bool,
    branches: u64,
}

struct Graph<'a, 's> {
    survey: &'a Survey<'s>,
    known: HashMap<*const Value, usize>,
    nodes: Vec<Subschema<'s>>,
}

/// The subschemas that can come back to themselves, in strongly connected components.
struct Recursion {
    component: Vec<Option<usize>>,
    /// Whether recursion can be reached.
    leads: Vec<bool>,
}

impl<'a: 's, 's> Graph<'a, 's> {
    fn new(survey: &'a Survey<'s>) -> Graph<'a, 's> {
        Graph { survey, known: HashMap::new(), nodes: Vec::new() }
    }

    /// The subschema's number; none for true, false and what is no schema.
    fn add(&mut self, value: &'s Value) -> Result<Option<usize>, String> {
        let Value::Object(_) = value else { return Ok(None) };
        if let Some(known) = self.known.get(&std::ptr::from_ref(value)) {
            return Ok(Some(*known));
        }
        let path = self.survey.place(value).map_or("", |place| place.path.as_str());
        self.known.insert(value, self.nodes.len());
        self.nodes.push(Subschema { value, path, edges: Vec::new(), evaluates_again: false, branches: 1 });
        Ok(Some(self.nodes.len() - 1))
    }

    /// Finds the edges of every subschema that the root leads to.
    fn explore(&mut self) -> Result<(), String> {
        let mut at = 0;
        while at < self.nodes.len() {
            work::step();
            let Value::Object(object) = self.nodes[at].value else { unreachable!("only objects are added") };
            let mut edges = Vec::new();
            for (keyword, value) in object {
                self.edges_of(at, object, keyword, value, &mut edges)?;
            }
            self.nodes[at].evaluates_again =
                object.contains_key("unevaluatedProperties") || object.contains_key("unevaluatedItems");
            self.nodes[at].edges = edges;
            at += 1;
        }
        Ok(())
    }

    fn edges_of(
        &mut self,
        from: usize,
        object: &'s Map<String, Value>,
        keyword: &str,
        value: &'s Value,
        edges: &mut Vec<Edge<'s>>,
    ) -> Result<(), String> {
        let prefix = |name: &str| object.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        let mut one = |graph: &mut Self, selector: Selector<'s>, value: &'s Value| {
            work::step();
            if let Some(target) = graph.add(value)? {
                edges.push(Edge { selector, targets: vec![target] });
            }
            Ok::<_, String>(())
        };
        match (keyword, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                let place = self.survey.place(self.nodes[from].value).ok_or("has a subschema without a place")?;
                let referred = self.survey.referred(keyword, reference, place)?;
                let targets = referred.into_iter().map(|value| self.add(value)).collect::<Result<Vec<_>, _>>()?;
                let targets: Vec<usize> = targets.into_iter().flatten().collect();
                if !targets.is_empty() {
                    edges.push(Edge { selector: Selector::Here, targets });
                }
                Ok(())
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => {
                list.iter().try_for_each(|value| one(self, Selector::Here, value))
            }
            ("not" | "if" | "then" | "else", value) => one(self, Selector::Here, value),
            ("dependentSchemas" | "dependencies", Value::Object(map)) => {
                map.values().try_for_each(|value| one(self, Selector::Here, value))
            }
            ("properties", Value::Object(map)) => {
                map.iter().try_for_each(|(name, value)| one(self, Selector::Member(name), value))
            }
            ("patternProperties", Value::Object(map)) => {
                map.values().try_for_each(|value| one(self, Selector::AnyMember, value))
            }
            ("additionalProperties", value) => one(self, Selector::OtherMembers, value),
            ("unevaluatedProperties", value) => one(self, Selector::AnyMember, value),
            ("propertyNames", value) => one(self, Selector::Names, value),
            ("prefixItems" | "items", Value::Array(list)) => {
                list.iter().enumerate().try_for_each(|(index, value)| one(self, Selector::Item(index), value))
            }
            ("items", value) => one(self, Selector::ItemsFrom(prefix("prefixItems")), value),
            ("additionalItems", value) => one(self, Selector::ItemsFrom(prefix("items")), value),
            ("contains" | "unevaluatedItems", value) => one(self, Selector::AnyItem, value),
            _ => Ok(()),
        }
    }

    /// What applies to the same value.
    fn here(&self, node: usize) -> impl Iterator<Item = &Edge<'s>> {
        self.nodes[node].edges.iter().filter(|edge| edge.selector == Selector::Here)
    }

    /// The subschemas in an order in which each stands before those that apply it to the same value. Refuses circles.
    fn order_in_place(&self) -> Result<Vec<usize>, String> {
        #[derive(Clone, Copy, PartialEq, Eq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        for start in 0..self.nodes.len() {
            // Each entry is visited twice: on the way down, and when all below it is done.
            let mut stack = vec![start];
            while let Some(node) = stack.last().copied() {
                work::step();
                match states[node] {
                    State::New => {
                        states[node] = State::Open;
                        for target in self.here(node).flat_map(|edge| &edge.targets) {
                            match states[*target] {
                                State::New => stack.push(*target),
                                State::Open => {
                                    return Err(format!(
                                        "is too complex at {}: it leads back to itself for the same value",
                                        shown(self.nodes[*target].path)
                                    ));
                                }
                                State::Done => {}
                            }
                        }
                    }
                    State::Open => {
                        states[node] = State::Done;
                        order.push(node);
                        stack.pop();
                    }
                    State::Done => {
                        stack.pop();
                    }
                }
            }
        }
        Ok(order)
    }

    fn bound_branches(&mut self, order: &[usize]) -> Result<(), String> {
        let mut depths = vec![1_u64; self.nodes.len()];
        for &node in order {
            work::step();
            let (mut below, mut depth) = (0_u64, 0);
            for edge in self.here(node) {
                below = below
                    .saturating_add(edge.targets.iter().map(|target| self.nodes[*target].branches).max().unwrap_or(0));
                depth = depth.max(edge.targets.iter().map(|target| depths[*target]).max().unwrap_or(0));
            }
            let times = if self.nodes[node].evaluates_again { 2 } else { 1 };
            let branches = below.saturating_mul(times).saturating_add(1);
            if branches > MOST_BRANCHES {
                return Err(format!(
                    "is too complex at {}: more than {MOST_BRANCHES} branches apply to one value",
                    shown(self.nodes[node].path)
                ));
            }
            if depth + 1 > DEEPEST_BRANCH {
                return Err(format!(
                    "is too complex at {}: more than {DEEPEST_BRANCH} references and branches follow each other",
                    shown(self.nodes[node].path)
                ));
            }
            self.nodes[node].branches = branches;
            depths[node] = depth + 1;
        }
        Ok(())
    }

    /// Strongly connected components (Kosaraju), without recursion.
    fn recursion(&self) -> Recursion {
        let count = self.nodes.len();
        let targets = |node: usize| {
            let edges = self.nodes[node].edges.iter().filter(|edge| edge.selector != Selector::Names);
            edges.flat_map(|edge| edge.targets.iter().copied())
        };
        let mut reverse = vec![Vec::new(); count];
        let mut order = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        for start in 0..count {
            let mut stack = vec![(start, false)];
            while let Some((node, is_left)) = stack.pop() {
                work::step();
                if is_left {
                    order.push(node);
                } else if !std::mem::replace(&mut seen[node], true) {
                    stack.push((node, true));
                    for target in targets(node) {
                        reverse[target].push(node);
                        stack.push((target, false));
                    }
                }
            }
        }
        let mut component = vec![None; count];
        let mut members = vec![0_usize; count];
        let mut leads = vec![false; count];
        for &start in order.iter().rev() {
            if component[start].is_some() {
                continue;
            }
            let mut stack = vec![start];
            component[start] = Some(start);
            while let Some(node) = stack.pop() {
                work::step();
                members[start] += 1;
                for &before in &reverse[node] {
                    if component[before].is_none() {
                        component[before] = Some(start);
                        stack.push(before);
                    }
                }
            }
        }
        for node in 0..count {
            let is_recursive =
                members[component[node].unwrap_or(node)] > 1 || targets(node).any(|target| target == node);
            if !is_recursive {
                component[node] = None;
            }
            leads[node] = is_recursive;
        }
        // `order` has each node behind those that it leads to.
        for &node in &order {
            leads[node] = leads[node] || targets(node).any(|target| leads[target]);
        }
        Recursion { component, leads }
    }

    /// Refuses a recursive subschema that leads into recursion twice for one member or item.
    fn bound_recursion(&self, recursion: &Recursion, order: &[usize]) -> Result<(), String> {
        let mut position = vec![0; self.nodes.len()];
        order.iter().enumerate().for_each(|(index, node)| position[*node] = index);
        let mut times = vec![0_u64; self.nodes.len()];
        for start in 0..self.nodes.len() {
            if recursion.component[start].is_none() {
                continue;
            }
            // How often each subschema applies to the value that `start` applies to: those that apply others come last in `order`.
            let mut reached = std::collections::BTreeSet::from([position[start]]);
            times[start] = 1;
            let mut ways = Ways::default();
            while let Some(last) = reached.pop_last() {
                work::step();
                let node = order[last];
                let count = std::mem::take(&mut times[node]);
                for edge in &self.nodes[node].edges {
                    if edge.selector == Selector::Here {
                        for target in &edge.targets {
                            times[*target] = times[*target].saturating_add(count);
                            reached.insert(position[*target]);
                        }
                    } else if edge.targets.iter().any(|target| recursion.leads[*target]) {
                        ways.add(&edge.selector, count, self.nodes[node].value);
                    }
                }
            }
            if let Some(place) = ways.twice() {
                return Err(format!(
                    "is too complex at {}: it is recursive and leads into recursion more than once for {place}",
                    shown(self.nodes[start].path)
                ));
            }
        }
        Ok(())
    }

    fn bound_expansion(&self, recursion: &Recursion) -> Result<(), String> {
        // Behind its targets, as a depth-first search leaves them.
        let count = self.nodes.len();
        let mut sizes: Vec<Option<u64>> = vec![None; count];
        for start in 0..count {
            let mut stack = vec![(start, false)];
            while let Some((node, is_left)) = stack.pop() {
                work::step();
                if sizes[node].is_some() {
                    continue;
                }
                let inner = |target: &usize| {
                    recursion.component[node].is_some() && recursion.component[node] == recursion.component[*target]
                };
                let edges = self.nodes[node].edges.iter();
                if !is_left {
                    stack.push((node, true));
                    // A component is linear in the document; what its members lead to is counted at each of them.
                    let targets = edges.flat_map(|edge| &edge.targets).filter(|target| !inner(target));
                    stack.extend(targets.map(|target| (*target, false)));
                    continue;
                }
                let size = edges.fold(1_u64, |sum, edge| {
                    let targets = edge.targets.iter().filter(|target| !inner(target));
                    sum.saturating_add(targets.map(|target| sizes[*target].unwrap_or(1)).max().unwrap_or(0))
                });
                if size > MOST_EXPANSION {
                    return Err(format!(
                        "is too complex at {}: more than {MOST_EXPANSION} ways lead through it",
                        shown(self.nodes[node].path)
                    ));
                }
                sizes[node] = Some(size);
            }
        }
        Ok(())
    }
}

/// How often recursion is led into, for each member and item of one value.
#[derive(Default)]
struct Ways<'s> {
    members: HashMap<&'s str, u64>,
    any_member: u64,
    /// With the names that are left out.
    other_members: Vec<(u64, &'s Value)>,
    items: HashMap<usize, u64>,
    any_item: u64,
    items_from: Vec<(u64, usize)>,
}

impl<'s> Ways<'s> {
    fn add(&mut self, selector: &Selector<'s>, count: u64, schema: &'s Value) {
        let more = |sum: &mut u64| *sum = sum.saturating_add(count);
        match selector {
            Selector::Here | Selector::Names => {}
            Selector::Member(name) => more(self.members.entry(name).or_default()),
            Selector::AnyMember => more(&mut self.any_member),
            Selector::OtherMembers => self.other_members.push((count, schema)),
            Selector::Item(index) => more(self.items.entry(*index).or_default()),
            Selector::AnyItem => more(&mut self.any_item),
            Selector::ItemsFrom(index) => self.items_from.push((count, *index)),
        }
    }

    /// Where there is more than one way.
    fn twice(&self) -> Option<String> {
        let rest = |is_in: &dyn Fn(&Value) -> bool| {
            let others = self.other_members.iter().filter(|(_, schema)| !is_in(&schema["properties"]));
            others.fold(self.any_member, |sum, (count, _)| sum.saturating_add(*count))
        };
        for (name, count) in &self.members {
            work::step();
            if count.saturating_add(rest(&|properties| properties.get(name).is_some())) > 1 {
                return Some(format!("member \"{name}\""));
            }
        }
        if rest(&|_| false) > 1 {
            return Some("one member".to_owned());
        }
        let from = |index: usize| {
            let later = self.items_from.iter().filter(|(_, first)| *first <= index);
            later.fold(self.any_item, |sum, (count, _)| sum.saturating_add(*count))
        };
        for (index, count) in &self.items {
            work::step();
            if count.saturating_add(from(*index)) > 1 {
                return Some(format!("item {index}"));
            }
        }
        (from(usize::MAX) > 1).then(|| "one item".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::analyse;
    use serde_json::json;

    fn complaint(schema: serde_json::Value) -> String {
        analyse(&schema).err().unwrap_or_default()
    }

    #[test]
    fn everyday_schemas_pass() {
        for schema in [
            json!(true),
            json!({}),
            json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "minLength": 1}}, "additionalProperties": false}),
            // A tree, by reference to the root, to a definition, to an anchor.
            json!({"type": "object", "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}}}),
            json!({"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}}}}}),
            json!({"$anchor": "node", "properties": {"children": {"items": {"$ref": "#node"}}}}),
            json!({"$id": "https://example.com/tree", "additionalProperties": {"$ref": "/tree"}}),
            json!({"$id": "https://example.com/tree", "$dynamicAnchor": "node", "properties": {"children": {"items": {"$dynamicRef": "#node"}}}}),
            // A filter of and, or, not.
            json!({"oneOf": [
                {"required": ["and"], "properties": {"and": {"type": "array", "items": {"$ref": "#"}}}},
                {"required": ["or"], "properties": {"or": {"type": "array", "items": {"$ref": "#"}}}},
                {"required": ["not"], "properties": {"not": {"$ref": "#"}}},
                {"required": ["field"], "properties": {"field": {"type": "string"}, "value": {}}}]}),
            // Any JSON, spelled out.
            json!({"$ref": "#/$defs/json", "$defs": {"json": {"anyOf": [
                {"type": ["null", "boolean", "number", "string"]},
                {"type": "array", "items": {"$ref": "#/$defs/json"}},
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/json"}}]}}}),
            // Workflow nodes, one kind after the other.
            json!({"type": "array", "items": {"oneOf": (0..30).map(|kind| json!({
                "type": "object", "required": ["id", "type"],
                "properties": {"type": {"const": format!("kind{kind}")}, "id": {"type": "string"}, "position": {"$ref": "#/$defs/position"}}
            })).collect::<Vec<_>>()}, "$defs": {"position": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}}}}),
            json!({"$ref": "https://json-schema.org/draft/2020-12/schema"}),
            json!({"if": {"properties": {"country": {"const": "US"}}}, "then": {"properties": {"zip": {"pattern": "^[0-9]{5}$"}}},
                "else": {"properties": {"zip": {"pattern": "^.{1,10}$"}}}}),
            json!({"properties": {"a": {"$ref": "#/$defs/a%20b"}, "c": {"$ref": "#/$defs/x~1y"}}, "$defs": {"a b": {}, "x/y": {}}}),
            json!({"enum": (0..9_000).map(|n| n.to_string()).collect::<Vec<_>>()}),
        ] {
            assert_eq!(complaint(schema.clone()), "", "{schema}");
        }
    }

    fn chain(length: usize, link: impl Fn(usize) -> serde_json::Value) -> serde_json::Value {
        let mut definitions: serde_json::Map<_, _> = (0..length).map(|n| (format!("d{n}"), link(n + 1))).collect();
        definitions.insert(format!("d{length}"), json!({"type": "string"}));
        json!({"$ref": "#/$defs/d0", "$defs": definitions})
    }

    fn to(n: usize) -> serde_json::Value {
        json!({"$ref": format!("#/$defs/d{n}")})
    }

    #[test]
    fn branches_that_multiply_are_refused() {
        let twice = |n| json!([to(n), to(n)]);
        for link in [
            &(|n| json!({"anyOf": twice(n)})) as &dyn Fn(usize) -> serde_json::Value,
            &|n| json!({"allOf": twice(n)}),
            &|n| json!({"oneOf": twice(n)}),
            &|n| json!({"if": to(n), "then": to(n)}),
            &|n| json!({"not": to(n), "else": to(n)}),
            &|n| json!({"dependentSchemas": {"a": to(n), "b": to(n)}}),
            &|n| json!({"dependencies": {"a": to(n), "b": to(n)}}),
            &|n| json!({"unevaluatedProperties": false, "allOf": [to(n)]}),
        ] {
            let refused = complaint(chain(22, link));
            assert!(refused.starts_with("is too complex at \"/$defs/d"), "{refused}");
            assert!(refused.ends_with("more than 2000 branches apply to one value"), "{refused}");
            // Seven times two is still few.
            assert_eq!(complaint(chain(7, link)), "");
        }
        let deep = |n| json!({"properties": {"a": to(n)}, "allOf": [{"properties": {"a": to(n)}}]});
        assert!(complaint(chain(22, deep)).ends_with("more than 200000 ways lead through it"));
        assert!(complaint(chain(150, to)).ends_with("more than 100 references and branches follow each other"));
    }

    #[test]
    fn recursion_on_two_branches_is_refused() {
        let of = |node: serde_json::Value| json!({"$ref": "#/$defs/x", "$defs": {"x": node}});
        let x = json!({"$ref": "#/$defs/x"});
        for (node, place) in [
            (json!({"anyOf": [{"items": x}, {"items": x}]}), "one item"),
            (json!({"items": x, "contains": x}), "one item"),
            (json!({"prefixItems": [x], "contains": x}), "item 0"),
            (json!({"properties": {"a": x}, "allOf": [{"properties": {"a": x}}]}), "member \"a\""),
            (json!({"properties": {"a": x}, "patternProperties": {"^a": x}}), "member \"a\""),
            (json!({"patternProperties": {"^a": x, "b$": x}}), "one member"),
            (json!({"additionalProperties": x, "allOf": [{"properties": {"a": x}}]}), "member \"a\""),
            (json!({"if": {"items": x}, "then": {"items": x}}), "one item"),
            (json!({"not": {"items": x}, "items": x}), "one item"),
            (json!({"items": {"anyOf": [x, {"not": x}]}, "contains": true}), ""),
            // Through another one.
            (
                json!({"properties": {"a": {"properties": {"b": x}}}, "allOf": [{"properties": {"a": {"properties": {"c": x}}}}]}),
                "member \"a\"",
            ),
        ] {
            let refused = complaint(of(node.clone()));
            if place.is_empty() {
                continue;
            }
            let expected = format!("it is recursive and leads into recursion more than once for {place}");
            assert!(
                refused.starts_with("is too complex at \"/$defs/x") && refused.ends_with(&expected),
                "{node} {refused}"
            );
        }
        for node in
            [json!({"anyOf": [x, {"type": "string"}]}), json!({"$ref": "#/$defs/x"}), json!({"allOf": [{"not": x}]})]
        {
            let refused = complaint(of(node));
            assert!(refused.ends_with("it leads back to itself for the same value"), "{refused}");
        }
        // The names of members are texts, in which nothing recurs; two members are two values.
        for node in [
            json!({"propertyNames": {"type": "string"}, "items": x}),
            json!({"properties": {"a": x, "b": x}, "additionalProperties": x, "items": x}),
            json!({"prefixItems": [x, x], "items": x}),
            json!({"anyOf": [{"properties": {"a": x}}, {"properties": {"b": x}}]}),
        ] {
            assert_eq!(complaint(of(node.clone())), "", "{node}");
        }
    }

    #[test]
    fn recursion_twice_through_one_subschema_is_refused() {
        // One edge, but two ways within the value that it leads to.
        let schema = json!({"$ref": "#/$defs/x", "$defs": {
            "x": {"items": {"$ref": "#/$defs/y"}}, "y": {"allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}]}}});
        assert!(complaint(schema).contains("more than once for one item"));
    }

    #[test]
    fn sizes_are_bounded() {
        let mut deep = json!({});
        for _ in 0..40 {
            deep = json!({"not": {"items": deep}});
        }
        for (schema, expected) in [
            (deep, "it is nested deeper than 64 levels"),
            (json!({"enum": (0..10_001).map(|n| n.to_string()).collect::<Vec<_>>()}), "more than 10000 values"),
            (
                json!({"properties": {"a": {"enum": (0..3_000).collect::<Vec<_>>()}}}),
                "is too large at \"/properties/a/enum\": it has more than 1000 values",
            ),
            (json!({"required": vec!["a"; 60_000]}), "it has more than 50000 values"),
            (
                serde_json::from_str(&format!("{{\"maximum\": {}}}", "9".repeat(1001))).unwrap(),
                "a number has more than 1000 digits",
            ),
            (
                json!({"anyOf": (0..80).map(|n| json!({"pattern": format!("({n}a{{1,100}}){{1,100}}")})).collect::<Vec<_>>()}),
                "compile to more than",
            ),
        ] {
            let refused = complaint(schema);
            assert!(refused.contains(expected), "{expected}: {refused}");
        }
    }

    #[test]
    fn references_are_followed_or_refused() {
        for reference in ["https://example.com/other", "#/$defs/none", "#none", "other.json", "#/$defs/x%"] {
            let refused = complaint(json!({"items": {"$ref": reference}, "$defs": {"x": {}}}));
            assert!(refused.contains(&format!("$ref at \"/items\" names \"{reference}\"")), "{refused}");
        }
        // By an identifier within, which another place claims too: both are followed.
        let schema = json!({"$ref": "inner.json", "const": {"$id": "inner.json"}, "$defs": {"i": {"$id": "inner.json",
            "anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "inner.json"}}]}}});
        assert!(complaint(schema).contains("more than once"));
    }

    #[test]
    fn long_texts_and_heavy_patterns_do_not_meet() {
        let longest = |schema| analyse(&schema).unwrap().longest_text;
        assert_eq!(longest(json!({"type": "string"})), usize::MAX);
        assert!(longest(json!({"pattern": "^[0-9]{3}-[0-9]{4}$"})) > 300_000);
        assert!(longest(json!({"pattern": "(a{1,100}){1,100}"})) < 10_000);
        assert_eq!(longest(json!({"format": "date"})), 1 << 20);
    }
}
