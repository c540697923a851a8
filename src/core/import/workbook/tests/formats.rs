use super::show;
use crate::core::import::workbook::format::{Shape, Styles, shape};
use crate::core::import::workbook::serial::{Epoch, cell, iso, iso_duration};

#[test]
fn format_codes() {
    for (code, expected) in [
        ("General", Shape::Number),
        ("0.00", Shape::Number),
        ("00000", Shape::Padded(5)),
        ("00;-00", Shape::Padded(2)),
        ("0", Shape::Number),
        ("00.0", Shape::Number),
        ("0%", Shape::Percent),
        ("0.00\\ %", Shape::Percent),
        ("0\"%\"", Shape::Number),
        ("0.00E+00", Shape::Number),
        ("#,##0.00 [$€-407]", Shape::Number),
        ("[Red]0.00;[Blue]-0.00", Shape::Number),
        ("[>=100]0;0.0", Shape::Number),
        ("0 \"days\"", Shape::Number),
        ("0 kr", Shape::Number),
        ("0.00 EUR", Shape::Number),
        ("_-* #,##0.00\\ _€_-", Shape::Number),
        ("@", Shape::Number),
        ("# ?/?", Shape::Number),
        ("\"\"", Shape::Number),
        ("yyyy-mm-dd", Shape::Date),
        ("d/m/yy", Shape::Date),
        ("mmm\\-yy", Shape::Date),
        ("dddd", Shape::Date),
        ("yyyy\"年\"m\"月\"d\"日\"", Shape::Date),
        ("yyyy年m月d日", Shape::Date),
        ("[$-411]ggge\"年\"m\"月\"d\"日\"", Shape::Date),
        ("[$-ja-JP-x-gannen]ggge\"年\"m\"月\"d\"日\";@", Shape::Date),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", Shape::Date),
        ("[Red]dd.mm.yyyy;@", Shape::Date),
        ("m\"月\"", Shape::Date),
        ("aaa", Shape::Date),
        ("h:mm", Shape::Time),
        ("mm:ss", Shape::Time),
        ("mm:ss.0", Shape::Time),
        ("h:mm AM/PM", Shape::Time),
        ("[$-F400]h:mm:ss\\ AM/PM", Shape::Time),
        ("h\"時\"mm\"分\"ss\"秒\"", Shape::Time),
        ("yyyy-mm-dd hh:mm:ss.000", Shape::DateTime),
        ("m/d/yy h:mm", Shape::DateTime),
        ("[h]:mm:ss", Shape::Duration),
        ("[mm]:ss.00", Shape::Duration),
        ("[ss]", Shape::Duration),
        ("\"unclosed", Shape::Number),
        ("[unclosed", Shape::Number),
        ("\\", Shape::Number),
    ] {
        assert_eq!(shape(code), expected, "{code}");
    }
}

#[test]
fn styles_out_of_range_are_general() {
    let mut styles = Styles::default();
    styles.add_format(164, "yyyy").unwrap();
    for id in [0, 14, 164, 9, 46, 31, 58, 9999] {
        styles.add_cell(id).unwrap();
    }
    let shapes: Vec<Shape> = (0..9).map(|style| styles.shape(style)).collect();
    let (date, number) = (Shape::Date, Shape::Number);
    assert_eq!(shapes, [number, date, date, Shape::Percent, Shape::Duration, date, date, number, number]);
    assert_eq!(styles.shape(u32::MAX), number);
}

fn shown(serial: &str, shape: Shape, epoch: Epoch) -> String {
    show(&cell(serial.to_owned(), shape, epoch))
}

#[test]
fn zeros_in_front_are_kept() {
    for (digits, expected) in [("1234", "01234"), ("0", "00000"), ("123456", "123456"), ("-1", "-1"), ("1.5", "1.5")] {
        assert_eq!(shown(digits, Shape::Padded(5), Epoch::Of1900), expected);
    }
}

#[test]
fn serial_numbers_of_1900() {
    for (serial, shape, expected) in [
        ("1", Shape::Date, "date 1900-01-01"),
        ("59", Shape::Date, "date 1900-02-28"),
        ("60", Shape::Date, "date 1900-02-29"),
        ("61", Shape::Date, "date 1900-03-01"),
        ("45292", Shape::Date, "date 2024-01-01"),
        ("45292", Shape::DateTime, "datetime 2024-01-01T00:00:00"),
        ("45292.5", Shape::Date, "datetime 2024-01-01T12:00:00"),
        ("45292.25", Shape::Time, "datetime 2024-01-01T06:00:00"),
        ("0.5", Shape::Time, "time 12:00:00"),
        ("0", Shape::Date, "time 00:00:00"),
        ("0.75", Shape::DateTime, "time 18:00:00"),
        // The float next to 1.25 seconds.
        ("1.4467592592592593E-5", Shape::Time, "time 00:00:01.250"),
        ("45292.999999999", Shape::DateTime, "datetime 2024-01-02T00:00:00"),
        ("45292.100000000006", Shape::DateTime, "datetime 2024-01-01T02:24:00"),
        ("2958465", Shape::Date, "date 9999-12-31"),
        ("2958466", Shape::Date, "2958466"),
        ("-1", Shape::Date, "-1"),
        ("1.5", Shape::Duration, "time 36:00:00"),
        ("-0.0625", Shape::Duration, "time -01:30:00"),
        ("1000000000", Shape::Duration, "1000000000"),
        ("0.12", Shape::Percent, "0.12 as %"),
    ] {
        assert_eq!(shown(serial, shape, Epoch::Of1900), expected, "{serial}");
    }
}

#[test]
fn serial_numbers_of_1904() {
    for (serial, shape, expected) in [
        ("0", Shape::Date, "date 1904-01-01"),
        ("43830", Shape::Date, "date 2024-01-01"),
        ("0.5", Shape::Time, "time 12:00:00"),
        ("60", Shape::Date, "date 1904-03-01"),
        ("2957003", Shape::Date, "date 9999-12-31"),
        ("2957004", Shape::Date, "2957004"),
    ] {
        assert_eq!(shown(serial, shape, Epoch::Of1904), expected, "{serial}");
    }
}

#[test]
fn every_day_has_its_serial_number() {
    let mut day = 0;
    for month_length in [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        day += month_length;
    }
    // 1900 has 366 days in this system, so that 1901 begins with day 367.
    assert_eq!(shown(&(day + 1).to_string(), Shape::Date, Epoch::Of1900), "date 1901-01-01");
}

#[test]
fn iso_texts() {
    for (text, shape, expected) in [
        ("2024-02-29", Shape::DateTime, "date 2024-02-29"),
        ("2023-02-29", Shape::DateTime, "'2023-02-29'"),
        ("2024-01-01T00:00:00", Shape::Date, "date 2024-01-01"),
        ("2024-01-01T00:00:00", Shape::DateTime, "datetime 2024-01-01T00:00:00"),
        ("2024-12-31T23:59:59.999999999", Shape::DateTime, "datetime 2025-01-01T00:00:00"),
        ("12:30:00.25", Shape::Time, "time 12:30:00.250"),
        ("2024-01-01T00:00:00Z", Shape::DateTime, "'2024-01-01T00:00:00Z'"),
        ("yesterday", Shape::DateTime, "'yesterday'"),
    ] {
        assert_eq!(show(&iso(text.to_owned(), shape)), expected);
    }
    for (text, expected) in [
        ("PT12H30M00S", Some("12:30:00")),
        ("PT36H00M00.5S", Some("36:00:00.500")),
        ("-PT1H", Some("-01:00:00")),
        ("P1DT1H", Some("25:00:00")),
        ("PT1X", None),
        ("PT-1H", None),
        ("PT1e300H", None),
        ("", None),
    ] {
        assert_eq!(iso_duration(text).as_deref(), expected, "{text}");
    }
}
