//! A telephone number in the standard form of ITU-T E.164: a plus, the calling code and the national number, digits alone.
use super::phone::{Level, cast_phone, is_dialled, is_phone, is_region, phone_key};

/// None for a text that is no number which can be dialled, and for a national number where the region is not known.
pub fn standard_phone(text: &str, region: Option<&str>) -> Option<String> {
    let number = cast_phone(text);
    let region = region.filter(|region| is_region(region));
    if !is_phone(&number, Level::Possible, region) {
        return None;
    }
    Some(phone_key(&number, region)).filter(|digits| is_dialled(digits)).map(|digits| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::standard_phone;

    #[test]
    fn one_form_for_all_spellings() {
        for text in [
            "(555) 123-4567",
            "555.123.4567",
            "1-555-123-4567",
            "+1 (555) 123-4567",
            "＋１ ５５５ １２３ ４５６７",
            "tel:+15551234567",
            "TEL: 555−123−4567",
            "555―123―4567",
            "555・123・4567",
            "５５５ｰ１２３ｰ４５６７",
            "電話：(555) 123ー4567",
        ] {
            assert_eq!(standard_phone(text, Some("US")).as_deref(), Some("+15551234567"), "{text}");
        }
        assert_eq!(standard_phone("03-1234-5678", Some("JP")).as_deref(), Some("+81312345678"));
        assert_eq!(standard_phone("+81 3-1234-5678", Some("US")).as_deref(), Some("+81312345678"));
        assert_eq!(standard_phone("+49 30 123456", None).as_deref(), Some("+4930123456"));
    }

    #[test]
    fn what_cannot_be_dialled_has_none() {
        for text in [
            "",
            "call me",
            "123-4567",
            "555",
            "(555) 123-4567 ext. 5",
            "(555) 123-4567 内線12",
            "+1 555 123 456",
            "+0 123 456 789",
            "+999 123 4567",
            "+1 155 123 4567",
            "12345678901234567890",
        ] {
            assert_eq!(standard_phone(text, Some("US")), None, "{text}");
        }
        for region in [None, Some("XX"), Some("us"), Some("")] {
            assert_eq!(standard_phone("(555) 123-4567", region), None);
        }
        // What its own result is read as is itself.
        for text in ["+15551234567", "+81312345678"] {
            assert_eq!(standard_phone(text, None).as_deref(), Some(text));
        }
    }
}
