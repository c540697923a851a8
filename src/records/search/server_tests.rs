//! Search over records and over any table.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{TABLE, answer, begin, begin_custom_tables, error, refused, run};
    use pgrx::pg_test;

    fn begin_records() {
        begin_custom_tables(
            "('phone', 'phone', false, false, '{}'), ('memo', 'long_text', false, false, '{}'), ('secret', 'text', false, false, '{}')",
        );
        run(&format!(
            "UPDATE table_columns SET searchable = true WHERE name IN ('phone', 'memo');
            INSERT INTO records (id, table_id, name, email, company, data) VALUES
            ('00000000-0000-4000-8000-000000000001', '{TABLE}', '佐藤 太郎', 'sato@example.com', '株式会社エムロック', '{{\"phone\": \"03-1234-5678\", \"memo\": \"running late\", \"secret\": \"hidden\"}}'),
            ('00000000-0000-4000-8000-000000000002', '{TABLE}', '髙橋花子', 'hana@example.co.jp', '㈱エムロック', '{{\"phone\": \"+81 90-1111-2222\", \"memo\": \"INV-2024-00123\"}}'),
            ('00000000-0000-4000-8000-000000000003', '{TABLE}', 'ｻﾄｳ ﾊﾅｺ', 'x@other.org', NULL, '{{\"memo\": \"Crème brûlée\"}}')"
        ));
    }

    fn found(query: &str) -> String {
        answer(&format!(
            "SELECT string_agg(right(record_id::text, 1), ',' ORDER BY record_id) FROM search_records('{TABLE}', '{query}')"
        ))
    }

    #[pg_test]
    fn search_finds_any_part_of_dense_scripts() {
        begin_records();
        assert_eq!([found("佐"), found("太郎"), found("太郎 佐藤"), found("ムロ")], ["1", "1", "1", "1,2"]);
    }

    #[pg_test]
    fn search_takes_spellings_for_the_same() {
        begin_records();
        assert_eq!(
            [found("高橋"), found("さとう"), found("はなこ"), found("(株)エムロック"), found("株式会社エムロック")],
            ["2", "3", "3", "1,2", "1,2"]
        );
        assert_eq!([found("creme"), found("CRÈME BRULEE"), found("SATO@EXAMPLE.COM")], ["3", "3", "1"]);
    }

    #[pg_test]
    fn search_finds_numbers_codes_and_stems() {
        begin_records();
        assert_eq!(
            [found("0312345678"), found("5678"), found("090-1111-2222"), found("+81 3 1234 5678")],
            ["1", "1", "2", "1"]
        );
        assert_eq!([found("inv2024"), found("00123"), found("runs"), found("exam")], ["2", "2", "1", "1,2"]);
    }

    #[pg_test]
    fn search_reads_a_query_as_people_write_it() {
        begin_records();
        assert_eq!(
            [found("\"佐藤 太郎\""), found("\"太郎 佐藤\""), found("太郎 or 花子"), found("エムロック -花子")],
            ["1", "", "1,2", "1"]
        );
        assert_eq!([found(""), found("!"), found("\""), found("hidden")], [""; 4]);
    }

    #[pg_test]
    fn search_goes_page_by_page() {
        begin_records();
        let first = answer(&format!(
            "SELECT right(record_id::text, 1), cursor FROM search_records('{TABLE}', 'エムロック', 1)"
        ));
        let (id, cursor) = first.split_once('|').expect("two columns");
        let second = answer(&format!(
            "SELECT right(record_id::text, 1) FROM search_records('{TABLE}', 'エムロック', 1, '{cursor}')"
        ));
        let mut both = [id.to_owned(), second];
        both.sort();
        assert_eq!(both, ["1", "2"]);
        assert_eq!(
            error(&format!("SELECT * FROM search_records('{TABLE}', 'x', 5, 'x')")),
            "22023: this is no cursor of search_records"
        );
    }

    #[pg_test]
    fn search_tells_a_table_that_is_not_there_from_one_without_matches() {
        begin_records();
        let unknown = "00000000-0000-4000-8000-0000000000ff";
        assert_eq!(refused(&format!("SELECT * FROM search_records('{unknown}', 'x')")).sqlstate(), "42704");
        assert_eq!(error("SELECT * FROM search_records(NULL, 'x')"), "22023: table_id must be given");
        assert_eq!(found("nothing like it"), "");
    }

    #[pg_test]
    fn search_is_enabled_and_disabled() {
        begin();
        run("CREATE TABLE memo (id integer PRIMARY KEY, title text)");
        let enable = "SELECT string_agg(kind, ',') FROM enable_search('memo', ARRAY['title:A'])";
        assert_eq!([answer(enable), answer(enable)], ["column,trigger,index", ""]);
        run("INSERT INTO memo VALUES (1, 'Running')");
        assert_eq!(answer("SELECT row_data ->> 'id' FROM search_rows('memo', 'runs')"), "1");
        assert_eq!(answer("SELECT kind FROM disable_search('memo')"), "trigger");
        assert_eq!(error("SELECT * FROM search_rows('memo', 'runs')").split(':').next(), Some("42704"));
    }

    #[pg_test]
    fn search_marks_what_it_found() {
        begin();
        assert_eq!(
            answer("SELECT search_highlight('㈱エムロック <佐藤>', '株式会社エムロック 佐藤')"),
            "<mark>㈱エムロック</mark> &lt;<mark>佐藤</mark>&gt;"
        );
        assert_eq!(
            answer(
                "SELECT search_highlight('Café 齋藤', 'cafe 斉藤'), search_highlight('Café 齋藤', 'cafe 斉藤', aggressive => true)"
            ),
            "<mark>Café</mark> 齋藤|<mark>Café</mark> <mark>齋藤</mark>"
        );
        assert_eq!(answer("SELECT search_highlight(NULL, 'x') IS NULL, search_query(NULL) IS NULL"), "true|true");
    }

    #[pg_test]
    fn search_knows_which_vectors_are_old() {
        begin_records();
        assert_eq!(answer("SELECT row_count, stale_count, cut_count FROM search_vector_status('records')"), "3|0|0");
        run("UPDATE table_columns SET searchable = true WHERE name = 'secret'");
        assert_eq!(answer("SELECT row_count, stale_count, cut_count FROM search_vector_status('records')"), "3|3|0");
        run("UPDATE records SET data = data || '{\"memo\": \"new\"}'");
        assert_eq!(answer("SELECT row_count, stale_count, cut_count FROM search_vector_status('records')"), "3|0|0");
        assert_eq!(found("hidden"), "1");
    }

    #[pg_test]
    fn search_vector_is_nobodys_to_forge() {
        begin_records();
        run("UPDATE records SET search_vector = 'forged'");
        assert_eq!(answer("SELECT count(*) FROM records WHERE search_vector @@ 'forged'"), "0");
        assert_eq!(found("太郎"), "1");
    }

    #[pg_test]
    fn search_never_fails_a_write_but_cuts() {
        begin_records();
        run(&format!(
            "INSERT INTO records (table_id, name, data) SELECT '{TABLE}', 'long', jsonb_build_object('memo', string_agg(md5(n::text), ' ')) FROM generate_series(1, 60000) AS n"
        ));
        assert_eq!(answer("SELECT row_count, stale_count, cut_count FROM search_vector_status('records')"), "4|0|1");
    }

    fn begin_notes() {
        begin();
        run("CREATE TABLE note (id integer PRIMARY KEY, title varchar(100), tags text[], body jsonb, tel text, v tsvector);
            CREATE TRIGGER note_v BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION maintain_search_vector('v', 'title:A', 'tags:B', 'body:D', 'tel:C:phone', 'dictionary=none');
            INSERT INTO note VALUES (1, 'Running', ARRAY['東京', NULL, 'red'], '{\"a\": {\"b\": [\"深い\", 5]}}', '(03) 1234 5678'), (2, NULL, NULL, NULL, NULL)");
    }

    #[pg_test]
    fn search_works_on_any_table() {
        begin_notes();
        let rows = |query: &str| answer(&format!("SELECT row_data ->> 'id' FROM search_rows('note', '{query}')"));
        assert_eq!([rows("東京"), rows("深い 1234"), rows("red"), rows("nothing")], ["1", "1", "1", ""]);
        assert_eq!(error("SELECT * FROM search_rows('pg_class', 'x')").split(':').next(), Some("42704"));
    }

    #[pg_test]
    fn search_trigger_says_what_is_wrong_with_its_arguments() {
        begin_notes();
        run(
            "CREATE TRIGGER wrong BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION maintain_search_vector('v', 'title:E')",
        );
        let refusal = refused("UPDATE note SET title = 'x'");
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("39P01", "maintain_search_vector(): \"title:E\" is not a column and a weight from A to D")
        );
        run(
            "DROP TRIGGER wrong ON note; CREATE TRIGGER wrong BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION maintain_search_vector('v', 'title:A', 'folds=all')",
        );
        assert_eq!(error("UPDATE note SET title = 'x'"), "39P01: maintain_search_vector(): there are no folds \"all\"");
    }
}
