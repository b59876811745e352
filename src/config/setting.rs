//! The types a setting can have: how each is read from TOML and from the environment, and written as TOML.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use toml::de::DeValue;

/// A type of setting. Errors are reasons without the key's name, which the caller puts before them.
pub trait Setting: Sized {
    /// What a value is, such as "a whole number".
    const KIND: &'static str;

    /// Reads the environment's form, without spaces around it.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Reads the TOML form: a string like the environment's, unless the type says otherwise.
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_str().map_or_else(|| Err(wrong_type::<Self>(value)), |text| Self::from_text(text.trim()))
    }

    /// The value as TOML.
    fn to_toml(&self) -> String;
}

/// Says that this text is not such a value; long texts are cut.
pub(super) fn not_a<T: Setting>(text: &str) -> String {
    if text.is_empty() {
        format!("is empty, but has to be {}", T::KIND)
    } else {
        format!("{} is not {}", quoted(text), T::KIND)
    }
}

/// A text from outside as it may stand in a message.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 100;
    let short: String = text.chars().take(LONGEST).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{dots}")
}

/// A text as a TOML string.
pub(super) fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn wrong_type<T: Setting>(value: &DeValue<'_>) -> String {
    let found = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    format!("has to be {}, not {found}", T::KIND)
}

impl Setting for bool {
    const KIND: &'static str = "true or false";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| not_a::<Self>(text))
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| wrong_type::<Self>(value))
    }

    fn to_toml(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_number {
    ($number:ty) => {
        impl Setting for $number {
            const KIND: &'static str = "a whole number";

            fn from_text(text: &str) -> Result<Self, String> {
                text.replace('_', "").parse().map_err(|_| not_a::<Self>(text))
            }

            fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
                let number = value.as_integer().ok_or_else(|| wrong_type::<Self>(value))?;
                Self::from_str_radix(number.as_str(), number.radix()).map_err(|_| not_a::<Self>(number.as_str()))
            }

            fn to_toml(&self) -> String {
                grouped(&self.to_string())
            }
        }
    };
}

whole_number!(usize);
whole_number!(u64);

/// Digits in groups of three where there are more than four: `1_048_576`.
fn grouped(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

impl Setting for String {
    const KIND: &'static str = "a text";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn to_toml(&self) -> String {
        toml_string(self)
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "a path";

    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains('\0') { Err(not_a::<Self>(text)) } else { Ok(text.into()) }
    }

    fn to_toml(&self) -> String {
        toml_string(&self.to_string_lossy())
    }
}

impl Setting for SocketAddr {
    const KIND: &'static str = "an IP address and port such as 127.0.0.1:8080";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| not_a::<Self>(text))
    }

    fn to_toml(&self) -> String {
        toml_string(&self.to_string())
    }
}

/// A single address stands for itself alone; the bits behind the prefix are cleared.
fn range(text: &str) -> Result<IpNet, String> {
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    range
        .map(|net| net.trunc())
        .map_err(|_| format!("{} is not an address or a range such as 10.0.0.0/8", quoted(text)))
}

impl Setting for Vec<IpNet> {
    const KIND: &'static str = "a list of addresses and ranges such as 10.0.0.0/8";

    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Self::new()) } else { text.split(',').map(|item| range(item.trim())).collect() }
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        let list = value.as_array().ok_or_else(|| wrong_type::<Self>(value))?;
        let items = list.iter().map(|item| item.get_ref().as_str().ok_or_else(|| wrong_type::<Self>(item.get_ref())));
        items.map(|item| item.and_then(|text| range(text.trim()))).collect()
    }

    fn to_toml(&self) -> String {
        let items: Vec<String> = self.iter().map(|net| toml_string(&net.to_string())).collect();
        format!("[{}]", items.join(", "))
    }
}

/// Empty is none.
impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;

    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some) }
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        if value.as_str().is_some_and(|text| text.trim().is_empty()) { Ok(None) } else { T::from_toml(value).map(Some) }
    }

    fn to_toml(&self) -> String {
        self.as_ref().map_or_else(|| toml_string(""), Setting::to_toml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_comma_separated_and_may_be_empty() {
        assert_eq!(Vec::<IpNet>::from_text(""), Ok(vec![]));
        let list = Vec::<IpNet>::from_text("127.0.0.1, 10.1.2.3/8,::1").unwrap();
        assert_eq!(list.to_toml(), r#"["127.0.0.1/32", "10.0.0.0/8", "::1/128"]"#);
        assert!(Vec::<IpNet>::from_text("10.0.0.0/8,").is_err());
        assert_eq!(
            Vec::<IpNet>::from_text("10.0.0.0/40").unwrap_err(),
            r#""10.0.0.0/40" is not an address or a range such as 10.0.0.0/8"#
        );
    }

    #[test]
    fn numbers_are_written_in_groups_and_read_back() {
        assert_eq!(1_048_576_usize.to_toml(), "1_048_576");
        assert_eq!(33_177_600_u64.to_toml(), "33_177_600");
        assert_eq!(2048_usize.to_toml(), "2048");
        assert_eq!(usize::from_text("1_048_576"), Ok(1_048_576));
        assert_eq!(usize::from_text("-1").unwrap_err(), r#""-1" is not a whole number"#);
        assert_eq!(usize::from_text("").unwrap_err(), "is empty, but has to be a whole number");
    }

    #[test]
    fn messages_do_not_grow_with_the_input() {
        assert!(bool::from_text(&"é".repeat(100_000)).unwrap_err().len() < 400);
    }
}
