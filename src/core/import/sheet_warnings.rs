//! What a user should know of a sheet before it is imported, and that its cells do not show.
use super::workbook::{Facts, Sheet, Visibility, column_name};

/// So many places are named.
const NAMED: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetWarning {
    /// merged_cells, dates_from_1904, stale_formulas, formulas_without_value, hidden_rows, hidden_columns or hidden_sheets.
    pub code: &'static str,
    pub count: u64,
    /// Where the first are, for people: ranges, letters of columns, names of sheets.
    pub places: Vec<String>,
}

/// The warnings of the rows that were read. `dates` is how many cells of them are dates.
pub fn sheet_warnings(facts: &Facts, sheets: &[Sheet], dates: u64) -> Vec<SheetWarning> {
    let stale = if facts.is_recalculated { facts.formulas } else { 0 };
    let hidden = || sheets.iter().filter(|sheet| sheet.visibility != Visibility::Visible);
    let all = [
        ("merged_cells", facts.merged_count, facts.merged.iter().map(ToString::to_string).collect()),
        ("stale_formulas", stale, Vec::new()),
        ("formulas_without_value", facts.formulas_without_value, Vec::new()),
        ("hidden_rows", facts.hidden_rows, Vec::new()),
        (
            "hidden_columns",
            facts.hidden_column_count,
            facts.hidden_columns.iter().map(|column| column_name(*column)).collect(),
        ),
        ("hidden_sheets", hidden().count() as u64, hidden().take(NAMED).map(|sheet| sheet.name.clone()).collect()),
    ];
    let noticed = all.into_iter().filter(|(_, count, _)| *count > 0);
    let mut warnings: Vec<SheetWarning> =
        noticed.map(|(code, count, places)| SheetWarning { code, count, places }).collect();
    if facts.is_1904 {
        warnings.push(SheetWarning { code: "dates_from_1904", count: dates, places: Vec::new() });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use crate::core::import::budget::Budget;
    use crate::core::import::file::{EXAMINE_ALL, ImportFile};
    use crate::core::import::options::Reading;
    use crate::core::import::sheet_warnings::sheet_warnings;
    use crate::core::import::workbook::tests::{Parts, xlsx};

    fn warnings(file: &[u8]) -> Vec<(&'static str, u64, String)> {
        let mut file = ImportFile::open(file, &Reading::default(), EXAMINE_ALL, &Budget::default()).unwrap();
        while file.read().unwrap().is_some() {}
        let found = sheet_warnings(file.sheet_facts().unwrap(), &file.facts.sheets, 1);
        found.into_iter().map(|warning| (warning.code, warning.count, warning.places.join(" "))).collect()
    }

    /// A workbook whose sheet holds this, and of whose workbook part something is replaced.
    fn workbook(sheet: &str, part: &str, by: &str) -> Vec<u8> {
        let mut parts = Parts::new(sheet, &[], "");
        parts.workbook = parts.workbook.replace(part, by);
        parts.zip()
    }

    const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>name</v></c></row>";

    #[test]
    fn each_fact_is_told() {
        let data = |rows: &str| format!("<sheetData>{ROWS}{rows}</sheetData>");
        assert_eq!(warnings(&xlsx(ROWS)), []);
        for (sheet, part, by, expected) in [
            (
                format!("{}<mergeCells><mergeCell ref=\"A1:B1\"/><mergeCell ref=\"A2:A9\"/></mergeCells>", data("")),
                "",
                "",
                ("merged_cells", 2, "A1:B1 A2:A9"),
            ),
            (data(""), "<sheets>", "<workbookPr date1904=\"1\"/><sheets>", ("dates_from_1904", 1, "")),
            (
                data("<row r=\"2\"><c r=\"A2\"><f>1+1</f><v>0</v></c><c r=\"B2\"><f>2</f><v>2</v></c></row>"),
                "</workbook>",
                "<calcPr fullCalcOnLoad=\"1\"/></workbook>",
                ("stale_formulas", 2, ""),
            ),
            (data("<row r=\"2\"><c r=\"A2\"><f>1+1</f></c></row>"), "", "", ("formulas_without_value", 1, "")),
            (
                data("<row r=\"2\" hidden=\"1\"><c r=\"A2\"><v>1</v></c></row><row r=\"3\" hidden=\"1\"/>"),
                "",
                "",
                ("hidden_rows", 2, ""),
            ),
            (
                format!("<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols>{}", data("")),
                "",
                "",
                ("hidden_columns", 2, "B C"),
            ),
            (
                data(""),
                "</sheets>",
                "<sheet name=\"Notes\" sheetId=\"2\" state=\"hidden\" r:id=\"r1\"/><sheet name=\"x\" sheetId=\"3\" state=\"veryHidden\" r:id=\"r1\"/></sheets>",
                ("hidden_sheets", 2, "Notes x"),
            ),
        ] {
            let (code, count, places) = expected;
            assert_eq!(warnings(&workbook(&sheet, part, by)), [(code, count, places.to_owned())], "{sheet}");
        }
    }
}
