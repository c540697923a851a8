use super::{Dialect, Escape, LineEnd, Sniffed, sniff};

fn sniffed(text: &str) -> Sniffed {
    sniff(text, true).unwrap()
}

fn dialect(text: &str) -> Dialect {
    sniffed(text).dialect
}

#[test]
fn delimiters_are_found() {
    for (text, delimiter, columns) in [
        ("name,age,city\nAnn,30,Berlin\nBob,25,Paris\n", b',', 3),
        ("name;amount;date\nMüller;1.234,56;31.12.2024\nBäcker;12,50;01.02.2024\n", b';', 3),
        ("name\tnote\nAnn\thello, world\nBob\ta, b, c\n", b'\t', 2),
        ("a|b|c\n1|2|3\n4|5|6\n", b'|', 3),
        ("name,note\nAnn,\"a;b;c\"\nBob,\"d;e;f\"\n", b',', 2),
        ("time,value\n10:30:00,1\n11:45:00,2\n", b',', 2),
        ("a;b\n1,5;2,5\n3,5;4,5\n", b';', 2),
        ("x;y\n\"a,b\";\"c,d\"\n\"e,f\";\"g,h\"\n", b';', 2),
        ("name\nAnn\nBob\n", b',', 1),
        ("id\tname\tprice\n1\tpen\t1,50\n2\tbook\t12,00\n", b'\t', 3),
        ("氏名,会社,金額\n佐藤,青空,\"1,200\"\n鈴木,緑,\"3,500\"\n", b',', 3),
        ("a,b,c\n1,,\n2,,\n3,,3\n4,,\n", b',', 3),
    ] {
        let found = dialect(text);
        assert_eq!((found.delimiter as char, found.columns), (delimiter as char, columns), "{text}");
        assert!(found.has_header && found.preamble == 0, "{text}");
    }
    let found = sniffed("name;amount\nA;1,5\nB;2,5\n");
    assert!(found.confidence > 0.2 && found.runner_up.is_some(), "{found:?}");
    assert_eq!(found.runner_up.unwrap().delimiter, b',');
    assert!(sniffed("name,age,city\nAnn,30,Berlin\nBob,25,Paris\n").confidence > 0.9);
}

#[test]
fn quotes_and_escapes_are_found() {
    let found = dialect("a,b\n'x, y',1\n'z, w',2\n");
    assert_eq!((found.delimiter, found.quote), (b',', Some(b'\'')));
    let found = dialect("a,b\n\"say \\\"hi\\\", you\",1\n\"x\",2\n");
    assert_eq!((found.quote, found.escape), (Some(b'"'), Escape::Backslash));
    let found = dialect("a,b\n\"say \"\"hi\"\", you\",1\n\"x\",2\n");
    assert_eq!((found.quote, found.escape), (Some(b'"'), Escape::Doubled));
    // Inches are no quotation marks, and quotation marks in order are no text.
    let found = dialect("item\tsize\npipe\t5\" wide\nrod\t\"a\" and b\nbar\t3\" long\n");
    assert_eq!((found.delimiter, found.quote), (b'\t', None));
    // One that is out of order does not turn the others off.
    for text in [
        "name,note\nAnn,\"a\" b\nBob,\"x, y\"\nCyd,z\n",
        "name,note\nAnn,\"a\" b\nBob,\"x\ny\"\nCyd,z\n",
        "name,note\nAnn,\"a\" b\nBob,\"x\"\nCyd,\"z\"\n",
        "name;note\nAnn;\"a\" b\nBob;\"x; y\"\n",
    ] {
        assert_eq!((dialect(text).quote, dialect(text).columns), (Some(b'"'), 2), "{text}");
    }
    assert_eq!(dialect("item,size\npipe,5\" wide\nrod,3\" long\n").delimiter, b',');
    assert_eq!(dialect("name,note\nO'Neil,'s\nAnn,x\n").quote, Some(b'"'));
    // Apostrophes of which few stand around cells are text: a ditto, a nickname, an empty text of another program.
    for text in [
        "name,city,code\nAnn,Paris,75001\nBob,',\nCyd,',\nDan,Rome,00100\n",
        "name,nick\nA,'Emma'\nB,x\nC,y\nD,z\nE,w\n",
        "name,nick\nA,''\nB,x\nC,y\nD,z\nE,w\n",
    ] {
        assert_eq!(dialect(text).quote, Some(b'"'), "{text}");
    }
    assert_eq!(dialect("'name','nick'\n'A','x'\n'B','y'\n").quote, Some(b'\''));
}

#[test]
fn line_ends_are_told() {
    for (text, expected) in [
        ("a,b\n1,2\n", LineEnd::Lf),
        ("a,b\r\n1,2\r\n", LineEnd::CrLf),
        ("a,b\r1,2\r", LineEnd::Cr),
        ("a,b\r\n1,2\n", LineEnd::Mixed),
        ("", LineEnd::Lf),
    ] {
        assert_eq!(dialect(text).line_end, expected, "{text:?}");
    }
}

#[test]
fn excel_says_its_delimiter() {
    let found = sniffed("sep=;\r\nname;note\r\nAnn;a,b,c\r\nBob;d,e,f\r\n");
    assert_eq!((found.dialect.delimiter, found.dialect.preamble, found.confidence), (b';', 1, 1.0));
    assert!(found.is_declared && found.dialect.has_header);
    assert_eq!(dialect("SEP=^\na^b\n1^2\n").delimiter, b'^');
    assert!(!sniffed("sep=x\n1\n").is_declared);
}

#[test]
fn titles_above_the_header_are_found() {
    for (text, preamble) in [
        ("Sales report\n\nname,city,amount\nAnn,Berlin,5\nBob,Paris,6\n", 2),
        ("売上一覧,,,\n,,,\n氏名,会社,金額,日付\n佐藤,青空,1200,2024/1/5\n鈴木,緑,3500,2024/1/6\n", 2),
        ("出力日時: 2024/05/01\r\n氏名,会社,金額\r\n佐藤,青空,1200\r\n", 1),
        ("\n\nname,city,amount\nAnn,Berlin,5\n", 2),
        ("\"A title\nin two lines\"\nname,city,amount\nAnn,Berlin,5\nBob,Paris,6\n", 2),
        ("Report,,\nGenerated,2025-01-01,\n,,\nCustomer,City,Qty\nc0,Oslo,0\nc1,Oslo,1\n", 3),
        ("Report: Sales\nCreated by,Ann\n\nname,memo,qty\nc0,Oslo,0\nc1,Oslo,1\n", 3),
        ("Report\n\nname,amount\nAnn,5\nBob,6\n", 2),
        ("name,city,amount\nAnn,Berlin,5\n", 0),
        // Sparse rows without a header are data.
        ("1,,\n2,,\n3,4,5\n6,7,8\n", 0),
        ("1\n\n5,6,2024-01-05\n7,8,2024-01-06\n", 0),
    ] {
        let found = dialect(text);
        assert_eq!(found.preamble, preamble, "{text:?} {found:?}");
    }
}

#[test]
fn headers_are_told_from_data() {
    for (text, expected) in [
        ("name,email\nAnn,ann@example.com\n", true),
        ("Ann,ann@example.com\nBob,bob@example.com\n", false),
        ("1,2,3\n4,5,6\n", false),
        ("x1,x2,x3\n4,5,6\n7,8,9\n", true),
        ("氏名,電話番号\n佐藤,03-1234-5678\n", true),
        ("2023,2024\n1,2\n", false),
        ("red,green\nblue,red\nred,green\n", false),
        ("foo,bar\nbaz,qux\n", true),
        ("メール\nann@example.com\n", true),
        ("a,a\n1,2\n", false),
    ] {
        let found = sniffed(text);
        assert_eq!(found.dialect.has_header, expected, "{text:?} {found:?}");
    }
    assert!(sniffed("foo,bar\nbaz,qux\n").header_confidence <= 0.5);
    assert!(sniffed("name,email\nAnn,ann@example.com\n").header_confidence > 0.9);
}

#[test]
fn any_sample_is_answered() {
    for text in ["", "\n", "\"", "\"\n\"", "a", ",", "sep=;", "\0", "'", ",\n,\n", "\u{FEFF}"] {
        let found = sniffed(text);
        assert!((0.0..=1.0).contains(&found.confidence), "{text:?} {found:?}");
    }
    // The last line of a cut sample says nothing.
    let cut = sniff("a,b,c\n1,2,3\n4,5,6\n7,8", false).unwrap();
    assert_eq!(cut.dialect.columns, 3);
}
