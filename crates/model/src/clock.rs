//! Time as a parameter: the only time type, and the port through which it is read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant with millisecond precision; RFC 3339 in JSON, milliseconds since the epoch in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads a time as RFC 3339 writes it, or a date, which begins at midnight of UTC.
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let at = text.parse::<jiff::Timestamp>().or_else(|_| {
            let date: jiff::civil::Date = text.parse()?;
            Ok::<_, jiff::Error>(date.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
        });
        at.ok().map(|at| Self(at.as_millisecond()))
    }

    /// This instant moved by `millis` (negative: earlier), saturating.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: jiff::Timestamp = text.parse().map_err(|_| {
            serde::de::Error::custom("expected an RFC 3339 time such as 2026-01-31T12:00:00Z")
        })?;
        Ok(Self(at.as_millisecond()))
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Timestamp {}

/// Reads the time. The real one lives at the top of the house; tests bring a fixed one.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_json() {
        let at = Timestamp::from_millis(1_767_225_600_123);
        let json = serde_json::to_string(&at).unwrap();
        assert_eq!(json, "\"2026-01-01T00:00:00.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
    }

    #[test]
    fn a_date_is_its_midnight_and_other_words_are_no_time() {
        let midnight = Timestamp::from_millis(1_767_225_600_000);
        assert_eq!(Timestamp::of_text("2026-01-01"), Some(midnight));
        assert_eq!(
            Timestamp::of_text("2026-01-01T01:00:00+01:00"),
            Some(midnight)
        );
        assert_eq!(
            Timestamp::of_text("2026-01-01T00:00:00.123Z"),
            Some(midnight.plus_millis(123))
        );
        for text in ["", "soon", "2026", "2026-13-01", "1"] {
            assert_eq!(Timestamp::of_text(text), None, "{text}");
        }
    }
}
