use super::{problem, read, shown};
use crate::core::import::source::ProblemClass;
use crate::core::import::workbook::{Kind, Visibility, Workbook, kind};

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;

/// A compound file with one stream, in sectors of 512 bytes: the table, the directory, then the stream.
pub fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let tables = (stream.len() / 512 + 2).div_ceil(127);
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.resize(512, 0);
    let mut set = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    set(24, &[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    set(44, &(tables as u32).to_le_bytes());
    set(48, &(tables as u32).to_le_bytes());
    set(56, &4096_u32.to_le_bytes());
    set(60, &END_OF_CHAIN.to_le_bytes());
    set(68, &END_OF_CHAIN.to_le_bytes());
    for table in 0..109 {
        let number = if table < tables { table as u32 } else { u32::MAX };
        set(76 + 4 * table, &number.to_le_bytes());
    }
    let first = tables as u32 + 1;
    let mut table: Vec<u32> = vec![0xFFFF_FFFD; tables];
    table.push(END_OF_CHAIN);
    let count = (stream.len() / 512) as u32;
    table.extend((0..count).map(|at| if at + 1 == count { END_OF_CHAIN } else { first + at + 1 }));
    table.resize(tables * 128, u32::MAX);
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(128, 0);
        entry[64..66].copy_from_slice(&(2 * name.len() as u16 + 2).to_le_bytes());
        entry[66] = kind;
        for (at, value) in [(68, u32::MAX), (72, u32::MAX), (76, child), (116, start), (120, size)] {
            entry[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        entry
    };
    let mut directory = entry("Root Entry", 5, 1, END_OF_CHAIN, 0);
    directory.extend(entry(name, 2, u32::MAX, first, stream.len() as u32));
    directory.resize(512, 0);
    [header, table.iter().flat_map(|sector| sector.to_le_bytes()).collect(), directory, stream].concat()
}

fn record(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes(), &(data.len() as u16).to_le_bytes(), data].concat()
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn cell(id: u16, row: u16, column: u16, style: u16, value: &[u8]) -> Vec<u8> {
    record(id, &[&words(&[row, column, style]), value].concat())
}

fn begin(kind: u16) -> Vec<u8> {
    record(0x809, &words(&[0x0600, kind, 0, 0, 0, 0, 0, 0]))
}

/// A workbook with a visible sheet after a hidden one and a chart.
pub fn xls(globals: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
    let bound = |place: u32, state: u8, kind: u8, name: &str| {
        record(0x85, &[place.to_le_bytes().as_slice(), &[state, kind, name.len() as u8, 0], name.as_bytes()].concat())
    };
    let build = |place| {
        let sheets = [bound(place, 0, 2, "Chart"), bound(place, 0, 0, "Data"), bound(place, 2, 0, "Secret")].concat();
        [begin(5), globals.concat(), sheets, record(0x0A, &[])].concat()
    };
    let start = build(0).len() as u32;
    compound("Workbook", &[build(start), begin(0x10), sheet.concat(), record(0x0A, &[])].concat())
}

/// Shared strings of which one goes on in another record, in other units.
fn strings() -> Vec<u8> {
    let first = [vec![3, 0, 0, 0, 3, 0, 0, 0], vec![2, 0, 0, b'a', b'b'], vec![4, 0, 0, b'c', b'd']].concat();
    let rest = [vec![1], words(&[0x9AD8, 0x3044]), vec![2, 0, 8, 1, 0, b'e', b'f', 0, 0, 0, 0]].concat();
    [record(0xFC, &first), record(0x3C, &rest)].concat()
}

fn globals() -> Vec<Vec<u8>> {
    vec![
        record(0x22, &words(&[0])),
        record(0x41E, &[words(&[164]), vec![4, 0, 0], b"0.0%".to_vec()].concat()),
        record(0xE0, &[0; 20]),
        record(0xE0, &[words(&[0, 14]), vec![0; 16]].concat()),
        record(0xE0, &[words(&[0, 164]), vec![0; 16]].concat()),
        strings(),
    ]
}

/// Records of a sheet with a cell of every type.
fn records() -> Vec<Vec<u8>> {
    let formula = |value: [u8; 8]| [value.as_slice(), &[0; 8]].concat();
    vec![
        record(0x200, &[0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0]),
        record(0x7D, &words(&[1, 2, 0, 0, 1, 0])),
        record(0x208, &words(&[1, 0, 9, 0, 0, 0, 0x20, 0])),
        cell(0x201, 0, 0, 0, &[]),
        cell(0x203, 0, 1, 0, &0.1_f64.to_le_bytes()),
        cell(0x203, 0, 2, 1, &45292.0_f64.to_le_bytes()),
        record(
            0xBD,
            &[
                words(&[0, 3, 0]),
                (1234_u32 << 2 | 3).to_le_bytes().to_vec(),
                words(&[2]),
                0x3FC0_0000_u32.to_le_bytes().to_vec(),
                words(&[4]),
            ]
            .concat(),
        ),
        cell(0xFD, 0, 5, 0, &[1, 0, 0, 0]),
        cell(0xFD, 0, 6, 0, &[2, 0, 0, 0]),
        // A chart in the sheet.
        begin(0x20),
        cell(0x203, 0, 1, 0, &[0; 8]),
        record(0x0A, &[]),
        cell(0x205, 1, 0, 0, &[1, 0]),
        cell(0x205, 1, 1, 0, &[0x2A, 1]),
        cell(0x06, 1, 2, 0, &formula(2.5_f64.to_le_bytes())),
        cell(0x06, 1, 3, 0, &formula([0, 0, 0, 0, 0, 0, 0xFF, 0xFF])),
        record(0x4BC, &[0; 10]),
        record(0x207, &[3, 0, 0, b'x', b'y', b'z']),
        cell(0x06, 1, 4, 0, &formula([1, 0, 1, 0, 0, 0, 0xFF, 0xFF])),
        cell(0x06, 1, 5, 0, &formula([2, 0, 7, 0, 0, 0, 0xFF, 0xFF])),
        cell(0x06, 1, 6, 0, &formula([3, 0, 0, 0, 0, 0, 0xFF, 0xFF])),
        cell(0x204, 1, 7, 0, &[2, 0, 0, b'l', 0xE9]),
        cell(0x27E, 5, 0, 0, &(7_u32 << 2 | 2).to_le_bytes()),
        record(0xE5, &words(&[1, 0, 1, 0, 1])),
    ]
}

pub fn sample() -> Vec<u8> {
    xls(&globals(), &records())
}

#[test]
fn cells_of_every_type() {
    let sheet = records();
    let file = xls(&globals(), &sheet);
    let expected = [
        "|0.1|date 2024-01-01|12.34|0.125 as %|'cd高い'|'ef'",
        "true|error #N/A|2.5|'xyz'|true|error #DIV/0!||'lé'",
        "7",
    ];
    assert_eq!(shown(&file), expected);
    let (rows, facts) = read(&file).unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.number, row.hidden)).collect::<Vec<_>>(),
        [(1, false), (2, true), (6, false)]
    );
    assert_eq!((facts.hidden_rows, facts.hidden_column_count, facts.merged_count, facts.formulas), (1, 2, 1, 5));
    let workbook = Workbook::open(file.as_slice(), &Default::default()).unwrap();
    let sheets: Vec<_> = workbook.sheets().iter().map(|s| (s.name.as_str(), s.visibility, s.is_first)).collect();
    assert_eq!(sheets, [("Data", Visibility::Visible, true), ("Secret", Visibility::VeryHidden, false)]);
    // Records in another order give the same rows.
    let mut turned = sheet[3..9].to_vec();
    turned.reverse();
    turned.splice(0..0, sheet[12..].iter().cloned());
    assert_eq!(shown(&xls(&globals(), &turned)).len(), 3);
}

#[test]
fn format_codes_that_are_cut_are_none() {
    let format = record(0x41E, &[words(&[164]), vec![5, 0, 0], b"0.0%".to_vec()].concat());
    let style = |number| record(0xE0, &[words(&[0, number]), vec![0; 16]].concat());
    let cell = cell(0x203, 0, 0, 0, &0.5_f64.to_le_bytes());
    assert_eq!(shown(&xls(&[format, style(164)], &[cell])), ["0.5"]);
}

#[test]
fn the_last_cell_costs_nothing() {
    let file = xls(&[], &[cell(0x203, 0xFFFF, 255, 0, &1.0_f64.to_le_bytes())]);
    let (rows, _) = read(&file).unwrap();
    assert_eq!((rows.len(), rows[0].number, rows[0].cells.len()), (1, 65_536, 256));
}

#[test]
fn encrypted_and_old_workbooks_are_unsupported() {
    assert_eq!(
        problem(&xls(&[record(0x2F, &[0; 4])], &[])),
        (ProblemClass::Unsupported, "the file is an encrypted workbook".to_owned())
    );
    let package = compound("EncryptedPackage", &[0; 5000]);
    assert_eq!(problem(&package), (ProblemClass::Unsupported, "the file is an encrypted workbook".to_owned()));
    assert!(problem(&compound("Book", &[])).1.contains("Excel 5 or 95"));
    assert!(problem(&compound("WordDocument", &[])).1.contains("no spreadsheet"));
    assert_eq!(kind(xls(&[], &[]).as_slice()).unwrap(), Kind::Xls);
    let mut old = xls(&[], &[]);
    let at = old.windows(4).position(|window| window == [0x09, 0x08, 16, 0]).unwrap();
    old[at + 5] = 5;
    assert!(problem(&old).1.contains("Excel 5 or 95"));
}

#[test]
fn large_files_are_refused() {
    let file = compound("Workbook", &vec![0; 16 << 20]);
    assert_eq!(problem(&file).0, ProblemClass::Limit);
}

#[test]
fn cyclic_chains_are_malformed() {
    let file = xls(&globals(), &[]);
    let set = |at: usize, value: u32| {
        let mut file = file.clone();
        file[at..at + 4].copy_from_slice(&value.to_le_bytes());
        file
    };
    // The stream's chain, the directory's, the list of tables, the tree of entries, sectors past the end.
    for damaged in
        [set(512 + 8, 2), set(512 + 12, 2), set(512 + 4, 1), set(68, 1), set(1024 + 128 + 68, 1), set(48, 5000)]
    {
        assert_eq!(problem(&damaged).0, ProblemClass::Malformed);
    }
    assert_eq!(problem(&set(1024 + 128 + 120, 0x7FFF_FFFF)).0, ProblemClass::Malformed);
    assert_eq!(problem(&xls(&globals(), &[cell(0xFD, 0, 0, 0, &[9, 0, 0, 0])])).0, ProblemClass::Malformed);
}
