//! Which time is looked at, and in how many steps.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How far back one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MonitorRange)]
pub enum Range {
    #[serde(rename = "15m")]
    QuarterHour,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "6h")]
    SixHours,
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
    #[serde(rename = "30d")]
    Month,
}

impl Range {
    pub const ALL: [Self; 6] = [
        Self::QuarterHour,
        Self::Hour,
        Self::SixHours,
        Self::Day,
        Self::Week,
        Self::Month,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QuarterHour => "15m",
            Self::Hour => "1h",
            Self::SixHours => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|range| range.as_str() == text)
            .ok_or_else(|| {
                Error::invalid("range", "range must be one of 15m, 1h, 6h, 24h, 7d, 30d.")
            })
    }

    /// Its length, and the length of the steps it is shown in, in milliseconds.
    const fn lengths(self) -> (i64, i64) {
        match self {
            Self::QuarterHour => (15 * MINUTE, MINUTE / 4),
            Self::Hour => (HOUR, MINUTE),
            Self::SixHours => (6 * HOUR, 5 * MINUTE),
            Self::Day => (DAY, 15 * MINUTE),
            Self::Week => (7 * DAY, 2 * HOUR),
            Self::Month => (30 * DAY, 8 * HOUR),
        }
    }

    /// This range up to `now`; its last step is the one that `now` is in.
    pub const fn until(self, now: Timestamp) -> Span {
        let (length, step) = self.lengths();
        Span::ending(now, length, step)
    }

    /// The same in steps of another length, which must divide it.
    pub const fn until_by(self, now: Timestamp, step: i64) -> Span {
        Span::ending(now, self.lengths().0, step)
    }
}

/// The lengths of steps that a time of one's own is shown in, in milliseconds.
const STEPS: [i64; 11] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    DAY,
];
/// The most steps of it.
const MOST_STEPS: i64 = 100;
/// The longest time that can be looked at.
const LONGEST: i64 = 31 * DAY;

/// Which time is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Looked {
    /// Up to now.
    Back(Range),
    /// From one instant to another.
    Own { from: Timestamp, to: Timestamp },
}

impl Looked {
    /// A time of one's own; an error names what cannot be looked at.
    pub fn own(from: Timestamp, to: Timestamp) -> Result<Self> {
        let length = to.as_millis().saturating_sub(from.as_millis());
        if length < MINUTE {
            let message = "to must be at least a minute later than from.";
            return Err(Error::invalid("to", message));
        }
        if length > LONGEST {
            let message = "from must be at most 31 days before to.";
            return Err(Error::invalid("from", message));
        }
        Ok(Self::Own { from, to })
    }

    /// The range, when it ends now.
    pub const fn range(self) -> Option<Range> {
        match self {
            Self::Back(range) => Some(range),
            Self::Own { .. } => None,
        }
    }

    /// This time in steps. One's own begins and ends with the steps that its ends are in, of the
    /// shortest length that gives no more than a hundred or so.
    pub fn span(self, now: Timestamp) -> Span {
        let (from, to) = match self {
            Self::Back(range) => return range.until(now),
            Self::Own { from, to } => (from.as_millis(), to.as_millis()),
        };
        let drawable = |step: &&i64| to - from <= MOST_STEPS * **step;
        let step = STEPS.iter().find(drawable).copied().unwrap_or(DAY);
        let ends = to.div_euclid(step) + i64::from(to.rem_euclid(step) > 0);
        Span {
            from: Timestamp::from_millis(from.div_euclid(step) * step),
            to: Timestamp::from_millis(ends * step),
            step,
        }
    }
}

/// A time in equal steps. Steps begin at multiples of their length, so that servers agree on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// Milliseconds.
    pub step: i64,
}

impl Span {
    /// The last `length` milliseconds in steps of `step`, the one that `now` is in included.
    pub const fn ending(now: Timestamp, length: i64, step: i64) -> Self {
        let to = (now.as_millis().div_euclid(step) + 1) * step;
        Self {
            from: Timestamp::from_millis(to - length),
            to: Timestamp::from_millis(to),
            step,
        }
    }

    /// Exactly the last `length` milliseconds, in one step.
    pub const fn last(now: Timestamp, length: i64) -> Self {
        Self {
            from: now.plus_millis(1 - length),
            to: now.plus_millis(1),
            step: length,
        }
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        let length = self.to.as_millis() - self.from.as_millis();
        usize::try_from(length / self.step).unwrap_or_default()
    }

    /// The step an instant falls in; `None` outside.
    pub fn step_of(&self, at: Timestamp) -> Option<usize> {
        let after = at.as_millis() - self.from.as_millis();
        let step = usize::try_from(after.div_euclid(self.step)).ok()?;
        (step < self.steps()).then_some(step)
    }

    /// When each step begins, in milliseconds since 1970.
    pub fn starts(&self) -> Vec<i64> {
        let start = self.from.as_millis();
        (0..self.steps() as i64)
            .map(|n| start + n * self.step)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_674_321);

    #[test]
    fn every_range_has_whole_steps_and_a_drawable_number_of_them() {
        for range in Range::ALL {
            let span = range.until(NOW);
            let length = span.to.as_millis() - span.from.as_millis();
            assert_eq!(length % span.step, 0, "{range:?}");
            assert!((60..=100).contains(&span.steps()), "{range:?}");
            assert_eq!(span.from.as_millis() % span.step, 0, "{range:?}");
            assert_eq!(span.step_of(NOW), Some(span.steps() - 1), "{range:?}");
            assert_eq!(Range::parse(range.as_str()).unwrap(), range);
        }
        assert!(Range::parse("2h").is_err());
    }

    #[test]
    fn a_time_of_ones_own_is_whole_and_drawable() {
        let from = NOW.plus_millis(-40 * DAY);
        for minutes in [1, 59, 100, 101, 1_441, 31 * 1_440] {
            let to = from.plus_millis(minutes * MINUTE);
            let span = Looked::own(from, to).unwrap().span(NOW);
            assert!(span.from <= from && span.to >= to, "{minutes}");
            assert!(span.steps() <= 102, "{minutes}: {}", span.steps());
            assert_eq!(span.from.as_millis() % span.step, 0, "{minutes}");
            assert!(span.step_of(from) == Some(0), "{minutes}");
        }
        let field = |to: Timestamp| Looked::own(from, to).unwrap_err().field;
        assert_eq!(field(from).as_deref(), Some("to"));
        assert_eq!(field(from.plus_millis(MINUTE - 1)).as_deref(), Some("to"));
        assert_eq!(field(from.plus_millis(32 * DAY)).as_deref(), Some("from"));
        assert_eq!(Looked::Back(Range::Day).range(), Some(Range::Day));
    }

    #[test]
    fn what_is_outside_has_no_step() {
        let span = Range::Hour.until(NOW);
        assert_eq!(span.step_of(span.from), Some(0));
        assert_eq!(span.step_of(span.from.plus_millis(-1)), None);
        assert_eq!(span.step_of(span.to), None);
        assert_eq!(span.step_of(span.to.plus_millis(-1)), Some(59));
        assert_eq!(span.starts().len(), 60);
    }

    #[test]
    fn the_last_minutes_end_now() {
        let span = Span::last(NOW, 1_000);
        assert_eq!(span.steps(), 1);
        assert_eq!(span.step_of(NOW), Some(0));
        assert_eq!(span.step_of(NOW.plus_millis(-999)), Some(0));
        assert_eq!(span.step_of(NOW.plus_millis(-1_000)), None);
        assert_eq!(span.step_of(NOW.plus_millis(1)), None);
    }
}
