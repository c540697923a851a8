//! Generated files: what was written is read, whatever the dialect and the encoding, or a problem is named.
use super::super::budget::Budget;
use super::super::dialect::{Dialect, Escape};
use super::super::header::is_repeated_header;
use super::super::open::{Given, Layout, open};
use super::{opened, rows, texts};
use crate::core::random::Random;
use encoding_rs::Encoding;

/// Encodings, and words that each of them can write.
const ENCODINGS: [(&str, &[&str]); 12] = [
    ("UTF-8", &["佐藤 花子", "Müller", "Иван", "こんにちは世界", "₿ 𠮟る", "株式会社髙橋"]),
    ("UTF-16LE", &["佐藤 花子", "Müller", "Иван", "こんにちは世界", "₿ 𠮟る", "株式会社髙橋"]),
    ("UTF-16BE", &["佐藤 花子", "Müller", "Иван", "こんにちは世界", "₿ 𠮟る", "株式会社髙橋"]),
    ("Shift_JIS", &["佐藤 花子", "㈱髙橋商店", "ﾃｽﾄ商会", "①～③の確認", "東京都千代田区丸の内", "ソフトウェア開発"]),
    (
        "EUC-JP",
        &["佐藤 花子", "株式会社高橋商店", "の確認です", "東京都千代田区丸の内", "ソフトウェア開発", "お問い合わせ"],
    ),
    (
        "ISO-2022-JP",
        &["佐藤 花子", "株式会社高橋商店", "の確認です", "東京都千代田区丸の内", "ソフトウェア開発", "お問い合わせ"],
    ),
    ("GBK", &["王小明", "北京科技有限公司", "上海市浦东新区世纪大道", "联系电话", "客户的名称", "我们的订单已经发货"]),
    ("Big5", &["陳小明", "台北科技股份有限公司", "台北市信義區市府路", "聯絡電話", "客戶的名稱", "我們的訂單已經出貨"]),
    (
        "EUC-KR",
        &["김철수", "서울전자주식회사", "서울특별시 강남구 테헤란로", "연락처", "고객의 이름", "주문이 발송되었습니다"],
    ),
    ("windows-1252", &["Müller", "Größe", "Café de la Gare", "São Paulo", "Ærø", "Señor Núñez"]),
    ("windows-1251", &["Иванов Пётр", "ООО Ромашка", "Москва", "Санкт-Петербург", "Заказ отправлен", "Улица Ленина"]),
    ("windows-1250", &["Łukasz Wiśniewski", "Kraków", "Żółkiewski", "Dvořák", "Győr", "Příliš žluťoučký kůň"]),
];

/// Values that are mistaken easily.
const VALUES: [&str; 24] = [
    "1",
    "25",
    "007",
    "12345678901234567890",
    "1.5",
    "1,234.56",
    "1.234,56",
    "1E5",
    "-5",
    "=1+1",
    "2024-01-05",
    "01/02/2024",
    "true",
    "ann@example.com",
    "https://example.com/a?b=c;d",
    "03-1234-5678",
    "a,b",
    "c;d",
    "say \"hi\"",
    "it's",
    "line one\nline two",
    "x\ty",
    " padded ",
    "a|b",
];

struct Written {
    bytes: Vec<u8>,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    dialect: Dialect,
    encoding: &'static str,
}

fn encode(text: &str, encoding: &str, bom: bool) -> Vec<u8> {
    let text = if bom { format!("\u{FEFF}{text}") } else { text.to_owned() };
    match encoding {
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => {
            let (bytes, _, has_errors) = Encoding::for_label(encoding.as_bytes()).unwrap().encode(&text);
            assert!(!has_errors, "{text}");
            bytes.into_owned()
        }
    }
}

fn field(value: &str, delimiter: char, escape: Escape, always: bool, out: &mut String) {
    // ISO-2022-JP's escape sequences stay within a value.
    if !always && !value.contains([delimiter, '"', '\n', '\r']) && !value.is_empty() {
        out.push_str(value);
        return;
    }
    let quote = if escape == Escape::Doubled { "\"\"" } else { "\\\"" };
    out.push_str(&format!("\"{}\"", value.replace('"', quote)));
}

/// A file with everything in it that files have.
fn generate(random: &mut Random) -> Written {
    let (encoding, words) = ENCODINGS[random.next() % ENCODINGS.len()];
    let delimiter = [',', ';', '\t', '|'][random.next() % 4];
    let escape = if random.next().is_multiple_of(4) { Escape::Backslash } else { Escape::Doubled };
    let always = random.next().is_multiple_of(3);
    let end = ["\n", "\r\n", "\r"][random.next() % 3];
    let is_mixed = random.next().is_multiple_of(5);
    let columns = 2 + random.next() % 6;
    let names = ["name", "email", "city", "amount", "note", "phone", "date"];
    let header: Vec<String> = names[..columns].iter().map(|name| (*name).to_owned()).collect();
    let kinds: Vec<usize> = (0..columns).map(|_| random.next() % 3).collect();
    let mut written = Vec::new();
    for _ in 0..5 + random.next() % 40 {
        if random.next().is_multiple_of(15) {
            written.push(header.clone());
        }
        let cells = (0..columns).map(|column| match (kinds[column], random.next() % 12) {
            (_, 0) => String::new(),
            (0, 1..) => words[random.next() % words.len()].to_owned(),
            (1, 1..) => (random.next() % 10_000).to_string(),
            (_, 1) if !matches!(encoding, "UTF-16LE" | "UTF-16BE") => "a\0b".to_owned(),
            _ => VALUES[random.next() % VALUES.len()].to_owned(),
        });
        written.push(cells.collect());
    }
    // Enough of the encoding's own characters.
    written.extend(words.iter().map(|word| {
        let mut row = vec!["x".to_owned(); columns];
        row[0] = (*word).to_owned();
        row
    }));
    let titles = if random.next().is_multiple_of(5) && columns > 2 { ["Report of 2024", ""].as_slice() } else { &[] };
    let mut text = String::new();
    for title in titles {
        text.push_str(title);
        text.push_str(end);
    }
    for row in std::iter::once(&header).chain(&written) {
        // Empty cells at the end of a row may be left out.
        let is_ragged = random.next().is_multiple_of(6);
        let last = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        let count = if is_ragged && last > 0 { last + 1 } else { columns };
        for (index, cell) in row[..count].iter().enumerate() {
            if index > 0 {
                text.push(delimiter);
            }
            field(cell, delimiter, escape, always, &mut text);
        }
        text.push_str(if is_mixed && random.next().is_multiple_of(3) { "\r\n" } else { end });
        if random.next().is_multiple_of(10) {
            text.push_str(end);
        }
    }
    let bom = encoding.starts_with("UTF") && random.next().is_multiple_of(2);
    let preamble = titles.len() as u64;
    let dialect = Dialect { delimiter: delimiter as u8, escape, preamble, columns, ..Dialect::default() };
    Written { bytes: encode(&text, encoding, bom), header, rows: written, dialect, encoding }
}

fn expected(written: &Written) -> Vec<Vec<String>> {
    std::iter::once(&written.header).chain(&written.rows).cloned().collect()
}

#[test]
fn files_of_a_known_dialect_are_read_exactly() {
    let mut random = Random(100);
    for round in 0..400 {
        let written = generate(&mut random);
        let given = Given {
            encoding: Some(written.encoding.to_owned()),
            dialect: Some(written.dialect.clone()),
            ..Given::default()
        };
        let mut opened = open(&written.bytes[..], &given, 0, &Budget::default()).unwrap();
        let read = rows(&mut opened).unwrap();
        assert!(read.iter().all(|(_, problems)| problems.is_empty()), "{round}");
        let found: Vec<Vec<String>> = read.iter().map(|(row, _)| texts(row)).collect();
        assert_eq!(found, expected(&written), "{round} {:?} {}", written.dialect, written.encoding);
        let header = &read[0].0.cells;
        let repeated = read[1..].iter().filter(|(row, _)| is_repeated_header(header, &row.cells)).count();
        assert_eq!(repeated, written.rows.iter().filter(|row| **row == written.header).count());
    }
}

#[test]
fn files_are_read_without_being_told_anything() {
    let mut random = Random(200);
    let mut wrong = Vec::new();
    const ROUNDS: usize = 100;
    for round in 0..ROUNDS {
        let written = generate(&mut random);
        let mut opened = opened(&written.bytes).unwrap();
        let encoding = opened.encoding.encoding.name();
        let Layout::Csv(sniffed) = opened.layout.clone() else { panic!("{round} is no CSV") };
        let read = rows(&mut opened).unwrap();
        let found: Vec<Vec<String>> = read.iter().map(|(row, _)| texts(row)).collect();
        let is_told = read.iter().any(|(_, problems)| !problems.is_empty());
        if found != expected(&written) && !is_told {
            wrong.push((round, written.encoding, encoding, sniffed.dialect, written.dialect.clone()));
        }
    }
    assert!(wrong.len() * 200 <= ROUNDS, "{} of {ROUNDS}: {wrong:?}", wrong.len());
}
