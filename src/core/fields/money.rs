//! What names the currency of an amount: a sign, a code of ISO 4217 or a word, before or behind the digits.
//!
//! A mark that several currencies have, such as $ or kr, stands for the column's, where that is one of them.
use super::currency::currency_exponent;
use super::fold::half_width;
use crate::core::work;

/// An amount and what names its currency.
#[derive(Debug, PartialEq, Eq)]
pub struct Money {
    /// The number with its sign, as it was written.
    pub number: String,
    marks: Vec<String>,
}

const DOLLARS_AND_PESOS: &str = "ARS AUD BBD BMD BND BRL BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NIO NZD SBD SGD SRD \
    TOP TTD TWD USD USN UYU WST XCD";
const PESOS: &str = "ARS CLP COP CUP DOP MXN PHP UYU";
const POUNDS: &str = "EGP FKP GBP GIP LBP SDG SHP SSP SYP";
const CROWNS: &str = "CZK DKK ISK NOK SEK";
const FRANCS: &str = "BIF CDF CHF DJF GNF KMF RWF XAF XOF XPF";
const RUPEES: &str = "INR LKR MUR NPR PKR SCR";

/// Signs and words in lower case, and the currencies that they may stand for.
const MARKS: &[(&str, &str)] = &[
    ("$", DOLLARS_AND_PESOS),
    ("dollar", DOLLARS_AND_PESOS),
    ("dollars", DOLLARS_AND_PESOS),
    ("us$", "USD"),
    ("$us", "USD"),
    ("a$", "AUD"),
    ("au$", "AUD"),
    ("c$", "CAD NIO"),
    ("ca$", "CAD"),
    ("$ca", "CAD"),
    ("nz$", "NZD"),
    ("hk$", "HKD"),
    ("s$", "SGD"),
    ("nt$", "TWD"),
    ("mx$", "MXN"),
    ("r$", "BRL"),
    ("peso", PESOS),
    ("pesos", PESOS),
    ("£", POUNDS),
    ("pound", POUNDS),
    ("pounds", POUNDS),
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("¥", "CNY JPY"),
    ("円", "JPY"),
    ("yen", "JPY"),
    ("元", "CNY TWD"),
    ("rmb", "CNY"),
    ("人民币", "CNY"),
    ("人民元", "CNY"),
    ("₩", "KPW KRW"),
    ("원", "KRW"),
    ("₹", "INR"),
    ("rs", RUPEES),
    ("₨", RUPEES),
    ("₽", "RUB"),
    ("руб", "RUB"),
    ("р", "RUB"),
    ("₺", "TRY"),
    ("tl", "TRY"),
    ("₴", "UAH"),
    ("грн", "UAH"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("đ", "VND"),
    ("฿", "THB"),
    ("₱", "CUP PHP"),
    ("₦", "NGN"),
    ("₡", "CRC SVC"),
    ("₲", "PYG"),
    ("₵", "GHS"),
    ("₸", "KZT"),
    ("₮", "MNT"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("kč", "CZK"),
    ("kc", "CZK"),
    ("kr", CROWNS),
    ("ft", "HUF"),
    ("lei", "MDL RON"),
    ("leu", "MDL RON"),
    ("fr", FRANCS),
    ("sfr", "CHF"),
    ("rm", "MYR"),
    ("rp", "IDR"),
    ("r", "ZAR"),
];

impl Money {
    /// None for a text without digits, and where what stands beside them names no currency.
    pub fn read(text: &str) -> Option<Money> {
        const LONGEST: usize = 1 << 20;
        if text.len() > LONGEST {
            return None;
        }
        // A yen sign in Shift_JIS is the byte of the backslash.
        let text = half_width(text).replace('\\', "¥");
        let text = text.trim();
        let is_digit = |c: char| c.is_ascii_digit();
        let (mut first, last) = (text.find(is_digit)?, text.rfind(is_digit)? + 1);
        let before = text[..first].strip_suffix(['.', ',']);
        if before.is_some_and(|before| !before.ends_with(char::is_alphabetic)) {
            first -= 1;
        }
        let (mut number, mut marks) = (String::new(), Vec::new());
        split(&text[..first], &mut number, &mut marks)?;
        number.push_str(&text[first..last]);
        split(&text[last..], &mut number, &mut marks)?;
        Some(Money { number, marks })
    }

    pub fn is_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// What names another currency than this one.
    pub fn other_than(&self, currency: &str) -> Option<&str> {
        self.marks.iter().find(|mark| !may_stand_for(mark, currency)).map(String::as_str)
    }
}

/// Parts signs of numbers from marks of currencies. None where something is neither.
fn split(text: &str, number: &mut String, marks: &mut Vec<String>) -> Option<()> {
    let is_sign = |c: char| matches!(c, '+' | '-' | '−' | '△' | '▲' | '(' | ')');
    number.extend(text.chars().filter(|c| is_sign(*c)));
    for word in text.split(|c: char| is_sign(c) || c.is_whitespace()).filter(|word| !word.is_empty()) {
        work::step();
        let word = if word.ends_with('.') && word.len() > 1 { word.trim_end_matches('.') } else { word };
        if is_mark(word) {
            marks.push(word.to_owned());
        } else {
            // A code and a sign without a blank between them.
            let at = word.find(['$', '£', '€', '¥']).filter(|at| *at > 0)?;
            let (code, sign) = word.split_at(at);
            if !is_mark(code) || !is_mark(sign) {
                return None;
            }
            marks.extend([code.to_owned(), sign.to_owned()]);
        }
    }
    Some(())
}

fn listed(mark: &str) -> Option<&'static str> {
    let mark = mark.to_lowercase();
    MARKS.iter().find(|(known, _)| *known == mark).map(|(_, currencies)| *currencies)
}

fn is_mark(word: &str) -> bool {
    listed(word).is_some() || currency_exponent(&word.to_ascii_uppercase()).is_some()
}

/// Whether a mark may stand for the currency. "€5" is no amount of dollars.
fn may_stand_for(mark: &str, currency: &str) -> bool {
    mark.eq_ignore_ascii_case(currency)
        || listed(mark).is_some_and(|currencies| currencies.split_whitespace().any(|code| code == currency))
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn amounts_are_parted_from_their_currencies() {
        for (text, number, currency) in [
            ("12,50 EUR", "12,50", "EUR"),
            ("eur 12.50", "12.50", "EUR"),
            ("USD 12.50", "12.50", "USD"),
            ("US$12.50", "12.50", "USD"),
            ("USD$12.50", "12.50", "USD"),
            ("-US$ 5", "-5", "USD"),
            ("US$ -5", "-5", "USD"),
            ("($5.00)", "(5.00)", "USD"),
            ("5 $US", "5", "USD"),
            ("1 234,50 zł", "1 234,50", "PLN"),
            ("1 000 Kč", "1 000", "CZK"),
            ("100 kr.", "100", "SEK"),
            ("Rs.500", "500", "INR"),
            ("Fr. 12.50", "12.50", "CHF"),
            ("CHF 1'234.50", "1'234.50", "CHF"),
            ("JPY 1000", "1000", "JPY"),
            ("¥1,000円", "1,000", "JPY"),
            ("\\1,000", "1,000", "JPY"),
            ("￥１，０００", "1,000", "JPY"),
            ("△1,000円", "△1,000", "JPY"),
            ("1000원", "1000", "KRW"),
            ("₩1,000", "1,000", "KRW"),
            ("R$ 1.234,56", "1.234,56", "BRL"),
            ("1.5E+6 USD", "1.5E+6", "USD"),
            ("$.50", ".50", "USD"),
            ("12 euros", "12", "EUR"),
            ("5", "5", "EUR"),
        ] {
            let money = Money::read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((money.number.as_str(), money.other_than(currency)), (number, None), "{text}");
        }
        for (text, currency, other) in [
            ("12.50 USD", "EUR", "USD"),
            ("$5", "EUR", "$"),
            ("€5", "USD", "€"),
            ("US$5", "CAD", "US$"),
            ("100 kr", "EUR", "kr"),
            ("円5", "CNY", "円"),
            ("USD €5", "USD", "€"),
        ] {
            assert_eq!(
                Money::read(text).and_then(|money| money.other_than(currency).map(str::to_owned)).unwrap(),
                other
            );
        }
        for text in ["1,200人", "12 items", "5 XXY", "x", "", "5%", "USD", "12 EUR each", "5 kg"] {
            assert_eq!(Money::read(text), None, "{text}");
        }
    }
}
