use super::{TOP, read, shown, zip};
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::{Visibility, Workbook};

/// A record: number, length, data.
fn record(id: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if id < 0x80 {
        bytes.push(id as u8);
    } else {
        bytes.extend([(id & 0x7F) as u8 | 0x80, (id >> 7) as u8]);
    }
    let mut length = data.len();
    while length >= 0x80 {
        bytes.push((length & 0x7F) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(data);
    bytes
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = (units.len() as u32).to_le_bytes().to_vec();
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes
}

fn row(number: u32, hidden: bool) -> Vec<u8> {
    let mut data = number.to_le_bytes().to_vec();
    data.extend([0, 0, 0, 0, 0, 0, 0, if hidden { 0x10 } else { 0 }, 0, 0, 0, 0, 0]);
    record(0, &data)
}

fn cell(id: u16, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
    let mut data = column.to_le_bytes().to_vec();
    data.extend(style.to_le_bytes());
    data.extend(value);
    record(id, &data)
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn xlsb(sheet: &[Vec<u8>]) -> Vec<u8> {
    build(sheet, |_| ())
}

pub fn sample() -> Vec<u8> {
    damaged(|_| ())
}

/// A workbook of which one part has been damaged.
pub fn damaged(damage: impl FnMut(&mut [u8])) -> Vec<u8> {
    let sheet = [
        record(60, &[numbers(&[1, 2, 0, 0]), vec![1, 0]].concat()),
        record(145, &[]),
        row(0, false),
        cell(2, 1, 0, &numbers(&[1234 << 2 | 3])),
        cell(5, 3, 1, &43830.0_f64.to_le_bytes()),
        cell(7, 5, 0, &numbers(&[1])),
        row(3, true),
        cell(6, 2, 0, &wide("inline")),
        cell(8, 4, 0, &wide("formula")),
        record(176, &numbers(&[0, 1, 0, 1])),
    ];
    build(&sheet, damage)
}

fn build(sheet: &[Vec<u8>], mut damage: impl FnMut(&mut [u8])) -> Vec<u8> {
    let workbook = [
        record(153, &numbers(&[1, 0, 0])),
        record(156, &[numbers(&[1, 1]), wide("r1"), wide("Hidden")].concat()),
        record(156, &[numbers(&[0, 2]), wide("r1"), wide("売上")].concat()),
    ]
    .concat();
    let relations = super::RELATIONS.replace(".xml", ".bin");
    let styles = [
        record(44, &[vec![164, 0], wide("0.0%")].concat()),
        record(617, &numbers(&[3])),
        record(47, &[0; 16]),
        record(47, &[vec![0, 0, 14, 0], vec![0; 12]].concat()),
        record(47, &[vec![0, 0, 164, 0], vec![0; 12]].concat()),
        record(618, &[]),
    ]
    .concat();
    let strings = [record(159, &numbers(&[2, 2])), record(19, &[vec![0], wide("first")].concat())];
    let strings = [strings.concat(), record(19, &[vec![1], wide("髙い"), vec![9; 8]].concat())].concat();
    let top = TOP.replace("workbook.xml", "workbook.bin");
    let mut parts = [workbook, styles, strings, sheet.concat()];
    parts.iter_mut().filter(|part| !part.is_empty()).for_each(|part| damage(part));
    let [workbook, styles, strings, sheet] = parts;
    zip(&[
        ("_rels/.rels", top.as_bytes()),
        ("xl/workbook.bin", &workbook),
        ("xl/_rels/workbook.bin.rels", relations.as_bytes()),
        ("xl/styles.bin", &styles),
        ("xl/sharedStrings.bin", &strings),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}

#[test]
fn cells_of_every_type() {
    let file = xlsb(&[
        record(148, &numbers(&[0, 9, 0, 3])),
        record(60, &[numbers(&[1, 2, 0, 0]), vec![1, 0]].concat()),
        record(145, &[]),
        row(0, false),
        cell(1, 0, 0, &[]),
        cell(2, 1, 0, &numbers(&[1234 << 2 | 3])),
        cell(5, 2, 0, &0.1_f64.to_le_bytes()),
        cell(5, 3, 1, &43830.0_f64.to_le_bytes()),
        cell(5, 4, 2, &0.12_f64.to_le_bytes()),
        cell(7, 5, 0, &numbers(&[1])),
        row(3, true),
        cell(3, 0, 0, &[0x2A]),
        cell(4, 1, 0, &[1]),
        cell(6, 2, 0, &wide("inline")),
        cell(62, 3, 0, &[vec![0], wide("rich")].concat()),
        cell(8, 4, 0, &[wide("formula"), vec![0; 10]].concat()),
        cell(9, 5, 0, &2.5_f64.to_le_bytes()),
        cell(10, 6, 0, &[0]),
        cell(11, 7, 0, &[0x07]),
        record(13, &[numbers(&[0]), numbers(&[7 << 2 | 2])].concat()),
        cell(8, 9, 0, &wide("")),
        record(146, &[]),
        record(176, &numbers(&[0, 1, 0, 1])),
    ]);
    assert_eq!(
        shown(&file),
        [
            "|12.34|0.1|date 2024-01-01|0.12 as %|'髙い'",
            "error #N/A|true|'inline'|'rich'|'formula'|2.5|false|error #DIV/0!|7"
        ]
    );
    let (rows, facts) = read(&file).unwrap();
    assert_eq!(rows.iter().map(|row| (row.number, row.hidden)).collect::<Vec<_>>(), [(1, false), (4, true)]);
    assert_eq!((facts.hidden_rows, facts.hidden_columns.as_slice(), facts.formulas), (1, [2, 3].as_slice(), 5));
    assert_eq!((facts.is_1904, facts.merged[0].to_string()), (true, "A1:B2".to_owned()));
    let workbook = Workbook::open(file.as_slice(), &Default::default()).unwrap();
    let sheets = workbook.sheets();
    assert_eq!((sheets[0].visibility, sheets[1].name.as_str(), sheets[1].is_first), (Visibility::Hidden, "売上", true));
}

#[test]
fn damaged_records_are_problems() {
    for sheet in [
        vec![row(5, false), row(5, false)],
        vec![row(0x10_0000, false)],
        vec![row(0, false), cell(7, 0, 0, &numbers(&[2]))],
        vec![row(0, false), cell(6, 0, 0, &numbers(&[0xFFFF_FFFE]))],
        vec![row(0, false), cell(5, 0, 0, &[0; 4])],
        vec![vec![0x00, 0xFF, 0xFF, 0xFF, 0x00, 1]],
        vec![vec![0x80]],
    ] {
        assert_eq!(read(&xlsb(&sheet)).unwrap_err().class, ProblemClass::Malformed);
    }
    let wide_column = xlsb(&[row(0, false), cell(4, u32::MAX, 0, &[1])]);
    assert_eq!(read(&wide_column).unwrap_err().class, ProblemClass::Limit);
    let long_record = xlsb(&[vec![0x00, 0xFF, 0xFF, 0xFF, 0x7F]]);
    assert_eq!(read(&long_record).unwrap_err().class, ProblemClass::Limit);
    assert_eq!(shown(&xlsb(&[row(0, false), cell(5, 0, 99, &f64::NAN.to_le_bytes())])), ["error #NUM!"]);
}
