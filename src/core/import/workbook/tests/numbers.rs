use crate::core::import::workbook::number::{from_double, from_rk, plain, significant};

#[test]
fn digits_stay_as_the_file_has_them() {
    for (text, expected) in [
        ("0.1", "0.1"),
        ("1.50", "1.50"),
        ("12345678901234567890", "12345678901234567890"),
        ("1E+20", "100000000000000000000"),
        ("1.5e3", "1500"),
        ("-2.5E-3", "-0.0025"),
        ("1.2345E2", "123.45"),
        ("12E-1", "1.2"),
        ("+7", "7"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-0", "0"),
        (" 42\n", "42"),
        // What a double of 4.35 looks like in a file of Excel.
        ("4.3499999999999996", "4.35"),
        ("1.1000000000000001", "1.1"),
        ("5.0000000000000003E-2", "0.05"),
        ("0.30000000000000004", "0.30000000000000004"),
        // Identifiers are no doubles.
        ("10000000000000001", "10000000000000001"),
        ("4111111111111111", "4111111111111111"),
        ("0.123456789012345678", "0.123456789012345678"),
    ] {
        assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
    }
    for text in
        ["", "-", ".", "1e", "1e999", "1E+999999999999", "abc", "1,5", "NaN", "inf", "0x10", "1_000", "--1", "１"]
    {
        assert_eq!(plain(text), None, "{text}");
    }
    assert_eq!(plain(&"9".repeat(1000)), None);
}

#[test]
fn significant_digits() {
    for (digits, count) in [("0", 0), ("0.05", 1), ("100", 1), ("-1.50", 2), ("123456789012345", 15), ("1000.0001", 8)]
    {
        assert_eq!(significant(digits), count, "{digits}");
    }
}

#[test]
fn doubles_are_shortest() {
    for (value, digits) in [(0.1, "0.1"), (-0.0, "0"), (1e21, "1000000000000000000000"), (4.35, "4.35")] {
        assert_eq!(from_double(value).unwrap(), digits);
    }
    assert_eq!([from_double(f64::NAN), from_double(f64::INFINITY)], [None, None]);
    // A whole number, hundredths of one, the upper part of a double, and hundredths of that.
    for (packed, digits) in [
        (5 << 2 | 2, "5"),
        ((-5_i32).cast_unsigned() << 2 | 2, "-5"),
        (1234 << 2 | 3, "12.34"),
        (1200 << 2 | 3, "12"),
        (1000 << 2 | 3, "10"),
        (0x3FF8_0000, "1.5"),
        (0x3FF8_0001, "0.015"),
    ] {
        assert_eq!(from_rk(packed), digits, "{packed:x}");
    }
}
