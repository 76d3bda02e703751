//! What a key is, and the forms that most of them have.

use super::super::Config;

/// One thing that can be set.
pub(in crate::config) struct Key {
    /// As in the file, dots for tables.
    pub name: &'static str,
    /// Environment variables, the last one winning.
    pub env: &'static [&'static str],
    pub meaning: &'static str,
    pub secret: bool,
    /// A value other than the default; tests set and read it back.
    #[cfg_attr(not(test), allow(dead_code, reason = "for tests"))]
    pub example: &'static str,
    pub set: fn(&mut Config, &str) -> Result<(), String>,
    pub get: fn(&Config) -> String,
}

impl Key {
    pub(in crate::config) const fn environment(&self) -> &'static [&'static str] {
        self.env
    }
}

macro_rules! number {
    ($name:literal, $env:literal, $meaning:literal, $low:literal ..= $high:literal, $example:literal, $($field:ident).+) => {
        Key {
            name: $name, env: &[$env], meaning: $meaning, secret: false, example: $example,
            set: |config, value| { config.$($field).+ = number(value, $low, $high)?; Ok(()) },
            get: |config| config.$($field).+.to_string(),
        }
    };
}

macro_rules! seconds {
    ($name:literal, $env:literal, $meaning:literal, $most:literal, $example:literal, $($field:ident).+) => {
        Key {
            name: $name, env: &[$env], meaning: $meaning, secret: false, example: $example,
            set: |config, value| {
                config.$($field).+ = Duration::from_secs(number(value, 1, $most)?);
                Ok(())
            },
            get: |config| config.$($field).+.as_secs().to_string(),
        }
    };
}

macro_rules! flag {
    ($name:literal, $env:literal, $meaning:literal, $($field:ident).+) => {
        Key {
            name: $name, env: &[$env], meaning: $meaning, secret: false, example: "true",
            set: |config, value| { config.$($field).+ = flag(value)?; Ok(()) },
            get: |config| config.$($field).+.to_string(),
        }
    };
}

macro_rules! secret {
    ($name:literal, [$($env:literal),+], $meaning:literal, $example:literal, $($field:ident).+) => {
        Key {
            name: $name, env: &[$($env),+], meaning: $meaning, secret: true, example: $example,
            set: |config, value| { config.$($field).+ = Some(value.to_owned()); Ok(()) },
            get: |config| config.$($field).+.clone().unwrap_or_default(),
        }
    };
}
