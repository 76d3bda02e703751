//! How long things took, counted in buckets that are the same everywhere: two decimal digits of the
//! value. Histograms of different minutes and servers add up, and a percentile of the sum is right to
//! a twentieth of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts by bucket. The unit is that of the values put in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(BTreeMap<u64, u64>);

/// The usual percentiles; null when nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Percentiles {
    /// Half of all took no longer, in milliseconds.
    pub p50: Option<f64>,
    /// 95 of 100 took no longer, in milliseconds.
    pub p95: Option<f64>,
    /// 99 of 100 took no longer, in milliseconds.
    pub p99: Option<f64>,
}

/// How many values share the bucket of `value`: 1 up to 99, 10 up to 999, and so on.
const fn width(value: u64) -> u64 {
    let mut width = 1;
    while value / width >= 100 {
        width *= 10;
    }
    width
}

impl Histogram {
    /// Counts a value.
    pub fn add(&mut self, value: u64) {
        self.add_many(value, 1);
    }

    /// Counts a value that was seen `count` times; the beginning of a bucket stands for all of it.
    pub fn add_many(&mut self, value: u64, count: u64) {
        if count > 0 {
            let floor = value / width(value) * width(value);
            *self.0.entry(floor).or_default() += count;
        }
    }

    /// Adds what another one counted, in the same unit.
    pub fn merge(&mut self, other: &Self) {
        for (floor, count) in &other.0 {
            *self.0.entry(*floor).or_default() += count;
        }
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The value that `share` (0 to 1) of all do not exceed: the middle of its bucket.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let all = self.count();
        if all == 0 {
            return None;
        }
        let rank = ((all as f64 * share).ceil() as u64).clamp(1, all);
        let mut seen = 0;
        for (floor, count) in &self.0 {
            seen += count;
            if seen >= rank {
                return Some(*floor as f64 + (width(*floor) - 1) as f64 / 2.0);
            }
        }
        None
    }

    /// The usual ones, where `unit` values are a millisecond.
    pub fn percentiles(&self, unit: f64) -> Percentiles {
        let of = |share| self.percentile(share).map(|value| value / unit);
        Percentiles {
            p50: of(0.5),
            p95: of(0.95),
            p99: of(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.add(value);
        }
        histogram
    }

    #[test]
    fn nothing_measured_has_no_percentile() {
        assert_eq!(Histogram::default().percentile(0.5), None);
        assert_eq!(
            Histogram::default().percentiles(1.0),
            Percentiles::default()
        );
    }

    #[test]
    fn small_values_are_exact_and_large_ones_right_to_a_twentieth() {
        assert_eq!(of([7]).percentile(0.5), Some(7.0));
        assert_eq!(of(1..=100).percentile(0.5), Some(50.0));
        for value in [101, 999, 1_234, 98_765, 1_000_000, 123_456_789] {
            let told = of([value]).percentile(0.99).unwrap();
            assert!(
                (told - value as f64).abs() <= value as f64 / 20.0,
                "{value}: {told}"
            );
        }
    }

    #[test]
    fn the_last_percent_is_seen_and_one_outlier_in_many_is_not_the_median() {
        let histogram = of((0..98).map(|_| 10).chain([5_000, 5_000]));
        assert_eq!(histogram.percentile(0.5), Some(10.0));
        assert_eq!(histogram.percentile(0.95), Some(10.0));
        assert_eq!(histogram.percentile(0.99), Some(5_049.5));
    }

    #[test]
    fn merging_is_the_same_as_counting_everything_at_one_place() {
        let (one, other) = (of((0..500).map(|n| n * 7)), of((0..300).map(|n| n * 31)));
        let mut merged = one.clone();
        merged.merge(&other);
        let whole = of((0..500).map(|n| n * 7).chain((0..300).map(|n| n * 31)));
        assert_eq!(merged, whole);
        assert_eq!(merged.count(), 800);
    }

    #[test]
    fn it_reads_back_from_json() {
        let histogram = of([1, 1, 250, 9_999]);
        let text = serde_json::to_string(&histogram).unwrap();
        assert_eq!(text, r#"{"1":2,"250":1,"9900":1}"#);
        let read: Histogram = serde_json::from_str(&text).unwrap();
        assert_eq!(read, histogram);
    }
}
