//! Cost analysis of a JSON Schema when it is defined. A schema that could take more than linear time in the document, or
//! that is too large to compile, is refused with the path of the subschema.
//!
//! The schema is a graph. Its nodes are subschemas, its edges say which subschema applies which other one, and where:
//! to the same value (`$ref`, `allOf`, `not` …), to a member or to an item. Three things are bounded:
//! - *branches*: how many subschemas apply to one value, counted along every way through `$ref`, and how deep they nest;
//! - *expansion*: how many ways lead from the root to subschemas of any value, recursion left out;
//! - *recursion*: a subschema that can come back to itself must not do so at the same value, and must lead into recursion
//!   at most once for each member and item, or its work would double with each level of the document.
use super::graph::Graph;
use super::survey::Survey;
use serde_json::Value;
use std::rc::Rc;

/// A schema's jsonb may take this many bytes.
pub const MOST_BYTES: usize = 512 * 1024;

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
