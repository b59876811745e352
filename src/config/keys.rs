//! The one table of settings: each section is declared once, and its struct, defaults, parsing and documentation come from that.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::setting::Setting;

/// One setting, as documented and as looked up by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The section it stands in, such as `server`.
    pub section: &'static str,
    /// Its name in that section, such as `bind`.
    pub name: &'static str,
    /// What a value is, such as "a whole number".
    pub kind: &'static str,
    /// The smallest and the largest value, such as "1 and 64", where there are bounds.
    pub range: Option<String>,
    /// The default, written as TOML.
    pub default: String,
    /// What it does, in lines of prose.
    pub doc: &'static [&'static str],
}

impl Key {
    /// The whole name, such as `server.bind`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The name in the environment, such as `RAPPORT_SERVER__BIND`.
    pub fn env_name(&self) -> String {
        format!("RAPPORT_{}__{}", self.section.to_uppercase(), self.name.to_uppercase())
    }
}

/// One section with its keys, in the order in which they were declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionKeys {
    /// The section's name, such as `server`.
    pub name: &'static str,
    /// What the section is about, in lines of prose.
    pub about: &'static [&'static str],
    /// Its settings.
    pub keys: Vec<Key>,
}

/// A value as it was given, before its type is known.
pub(super) enum Given<'a> {
    /// From a TOML file.
    Toml(&'a DeValue<'a>),
    /// From the environment.
    Text(&'a str),
}

impl Given<'_> {
    /// The value as the setting's type, or why it is not one.
    pub(super) fn read<T: Setting>(&self) -> Result<T, String> {
        match self {
            Self::Toml(value) => T::from_toml(value),
            Self::Text(text) => T::from_text(text.trim()),
        }
    }
}

/// What `section!` makes of each section.
pub(super) trait Section: Default {
    /// The section's name, such as `server`.
    const NAME: &'static str;

    /// Its documentation and keys.
    fn describe() -> SectionKeys;

    /// Sets one key; `None` if there is no such key here, `Err` with the reason if the value is wrong.
    fn set(&mut self, name: &str, given: &Given<'_>) -> Option<Result<(), String>>;
}

/// The value if it lies within the bounds of its key, or why not.
pub(super) fn within<T: Setting + PartialOrd>(value: T, range: &RangeInclusive<T>) -> Result<T, String> {
    if range.contains(&value) { Ok(value) } else { Err(format!("{} is not between {}", plain(&value), span(range))) }
}

/// The bounds of a key in words.
pub(super) fn span<T: Setting>(range: &RangeInclusive<T>) -> String {
    format!("{} and {}", plain(range.start()), plain(range.end()))
}

fn plain<T: Setting>(value: &T) -> String {
    value.to_toml().trim_matches('"').to_owned()
}

/// Declares a section: `field: Type = default;` or, with bounds, `field: Type = default, low..=high;`.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident, $section:literal, {
            $(
                $(#[doc = $doc:literal])+
                $field:ident: $kind:ty = $default:expr $(, $range:expr)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $(
                $(#[doc = $doc])+
                pub $field: $kind,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::config::keys::Section for $name {
            const NAME: &'static str = $section;

            fn describe() -> $crate::config::keys::SectionKeys {
                let defaults = Self::default();
                let keys = vec![
                    $(
                        $crate::config::keys::Key {
                            section: $section,
                            name: stringify!($field),
                            kind: <$kind as $crate::config::setting::Setting>::KIND,
                            range: [$($crate::config::keys::span::<$kind>(&$range))?].into_iter().next(),
                            default: $crate::config::setting::Setting::to_toml(&defaults.$field),
                            doc: &[$($doc),+],
                        },
                    )+
                ];
                $crate::config::keys::SectionKeys { name: $section, about: &[$($about),+], keys }
            }

            fn set(&mut self, name: &str, given: &$crate::config::keys::Given<'_>) -> Option<Result<(), String>> {
                $(
                    if name == stringify!($field) {
                        let value = given.read::<$kind>()$(.and_then(|value| $crate::config::keys::within(value, &$range)))?;
                        return Some(value.map(|value| self.$field = value));
                    }
                )+
                None
            }
        }
    };
}

pub(super) use section;
