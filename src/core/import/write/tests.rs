use super::{CsvOptions, CsvWriter, guard, json_line, undo_guard};
use crate::core::random::Random;

fn csv(rows: &[&[Option<&str>]], options: CsvOptions) -> String {
    let mut writer = CsvWriter::new(options);
    rows.iter().for_each(|row| writer.row(row.iter().copied()));
    writer.take()
}

#[test]
fn quotes_only_where_needed() {
    let rows: [&[Option<&str>]; 3] = [
        &[Some("a"), None, Some("")],
        &[Some("b,c"), Some("d\"e"), Some(" x ")],
        &[Some("l\nm"), Some("n\ro"), Some("=1")],
    ];
    assert_eq!(csv(&rows, CsvOptions::default()), "a,,\"\"\r\n\"b,c\",\"d\"\"e\", x \r\n\"l\nm\",\"n\ro\",=1\r\n");
    let options = CsvOptions { bom: true, guard: true };
    assert_eq!(csv(&[&[Some("=1"), Some("-5")]], options), "\u{FEFF}'=1,-5\r\n");
    // A record is never a blank line, nor its beginning a byte order mark.
    assert_eq!(csv(&[&[None], &[Some("")]], CsvOptions::default()), "\"\"\r\n\"\"\r\n");
    assert_eq!(csv(&[&[Some("\u{FEFF}a")]], CsvOptions::default()), "\"\u{FEFF}a\"\r\n");
}

#[test]
fn what_spreadsheets_would_run_is_guarded() {
    for (text, guarded) in [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-", "'-"),
        ("+81-90-1234-5678", "'+81-90-1234-5678"),
        ("'=1", "''=1"),
        ("''@x", "'''@x"),
        ("-5", "-5"),
        ("-1,234.50", "-1,234.50"),
        ("+819012345678", "+819012345678"),
        ("'", "'"),
        ("'a", "'a"),
        ("'-5", "'-5"),
        ("a=1", "a=1"),
        ("", ""),
    ] {
        assert_eq!(guard(text), guarded, "{text:?}");
        assert_eq!(undo_guard(&guard(text)), text, "{text:?}");
    }
    let mut random = Random(8);
    for _ in 0..50_000 {
        let length = random.next() % 6;
        let text = random.text(&["'", "=", "+", "-", "@", "\t", "\r", "5", ".", "a", "＝"], length);
        let guarded = guard(&text).into_owned();
        assert_eq!(undo_guard(&guarded), text);
        // What begins like a formula is no formula once it is guarded.
        assert!(guarded.starts_with('\'') || !guarded.starts_with(['=', '@', '\t', '\r']), "{guarded:?}");
    }
}

#[test]
fn json_lines_hold_what_is_there() {
    let mut out = String::new();
    json_line([("a", Some("1.50")), ("b", None), ("c\"", Some("[1,\n2]"))], &mut out);
    json_line([], &mut out);
    assert_eq!(out, "{\"a\":1.50,\"c\\\"\":[1, 2]}\n{}\n");
}
