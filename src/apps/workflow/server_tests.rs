//! Workflows that must be graphs, and text with variables.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, refused, run};
    use pgrx::pg_test;

    fn check(nodes: &str, edges: &str) -> String {
        answer(&format!(
            "SELECT string_agg(concat_ws(' ', found ->> 'path', found ->> 'code'), ',') FROM jsonb_array_elements(validate_workflow('{nodes}', '{edges}')) AS found"
        ))
    }

    #[pg_test]
    fn workflow_that_is_a_graph_has_no_problems() {
        begin();
        assert_eq!(
            answer(
                "SELECT validate_workflow('[{\"id\": \"a\"}, {\"id\": \"b\"}]', '[{\"id\": \"1\", \"source\": \"a\", \"target\": \"b\"}]')"
            ),
            "[]"
        );
        assert_eq!(answer("SELECT validate_workflow('[]', '[]')"), "[]");
    }

    #[pg_test]
    fn workflow_problems_are_told() {
        begin();
        assert_eq!(
            check("[{\"id\": \"a\"}, {\"id\": \"a\"}]", "[{\"source\": \"a\", \"target\": \"b\"}]"),
            "/nodes/1/id workflow.duplicate_node,/edges/0/target workflow.unknown_node"
        );
        assert_eq!(check("[{\"id\": \"a\"}]", "[{\"source\": \"a\", \"target\": \"a\"}]"), "/edges workflow.cycle");
        assert_eq!(check("{}", "[]"), "/nodes type");
        assert_eq!(check("[{\"type\": \"x\"}]", "[]"), "/nodes/0/id required");
        assert_eq!(error("SELECT validate_workflow(NULL, '[]')"), "22023: nodes must be given");
    }

    #[pg_test]
    fn workflow_trigger_refuses_a_cycle() {
        begin();
        run("CREATE TABLE workflows (id integer, nodes jsonb, edges jsonb);
            CREATE TRIGGER graph BEFORE INSERT OR UPDATE ON workflows FOR EACH ROW EXECUTE FUNCTION enforce_workflow();
            INSERT INTO workflows VALUES (1, '[{\"id\": \"a\"}, {\"id\": \"b\"}]', '[{\"source\": \"a\", \"target\": \"b\"}]')");
        let refusal = refused("UPDATE workflows SET edges = edges || '[{\"source\": \"b\", \"target\": \"a\"}]'");
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("23514", "the workflow is not a directed acyclic graph: /edges form a cycle: a, b, a")
        );
        assert_eq!(refusal.detail_json()[0]["params"], serde_json::json!({"nodes": ["a", "b", "a"], "length": 2}));
        assert_eq!(answer("SELECT jsonb_array_length(edges) FROM workflows"), "1");
    }

    #[pg_test]
    fn template_variables_are_listed_in_order() {
        begin();
        assert_eq!(
            answer("SELECT template_variables('Hi {{b}}, {{a.x}} and {{b}}')::text, template_variables('none')::text"),
            "{b,a.x}|{}"
        );
        assert!(error("SELECT template_variables('{{first name}}')").starts_with("22023: "));
    }

    #[pg_test]
    fn template_is_filled_with_its_values() {
        begin();
        assert_eq!(
            answer(
                "SELECT render_text('Hi {{name}}: {{class.date}}', '{\"name\": \"{{x}} & <Gwen>\", \"class\": {\"date\": \"2026-01-05\"}}')"
            ),
            "Hi {{x}} & <Gwen>: 2026-01-05"
        );
        let refusal = refused("SELECT render_text('{{a}} {{b}}', '{\"a\": null}')");
        assert_eq!(refusal.sqlstate(), "22023");
        let missing: Vec<String> = refusal
            .detail_json()
            .as_array()
            .expect("a list")
            .iter()
            .map(|problem| problem["path"].to_string())
            .collect();
        assert_eq!(missing, ["\"/a\"", "\"/b\""]);
        assert_eq!(error("SELECT render_text('x', '[]')"), "22023: variables must be a JSON object, not array");
    }
}
