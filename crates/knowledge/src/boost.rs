//! What a chunk's fields and its age do to its score.

use headwater_model::Timestamp;
use headwater_model::knowledge::boost::{Boost, Recency};
use headwater_model::knowledge::filter::FieldValue;

/// The field that every chunk has: when its document was added.
const ADDED: &str = "added_at";
/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;
/// All factors together never do more.
const LEAST: f64 = 0.01;
const MOST: f64 = 100.0;

/// A chunk's fields; a name may be there several times.
pub type Fields = [(String, FieldValue)];

/// What a score is multiplied by, from 0.01 to 100; 1 where nothing counts.
pub fn factor(recency: Option<&Recency>, boosts: &[Boost], fields: &Fields, now: Timestamp) -> f64 {
    let age = recency.map_or(1.0, |recency| freshness(recency, fields, now));
    let all = boosts.iter().map(|boost| one(boost, fields));
    (age * all.product::<f64>()).clamp(LEAST, MOST)
}

/// A score times a factor. Below 0 a score is divided, so that a greater factor is always better.
pub fn boosted(score: f64, factor: f64) -> f64 {
    if score < 0.0 {
        score / factor
    } else {
        score * factor
    }
}

/// From `1 - weight`, for what is very old, to 1. What lies ahead is as good as new.
fn freshness(recency: &Recency, fields: &Fields, now: Timestamp) -> f64 {
    let own = recency
        .field
        .as_deref()
        .and_then(|name| latest(fields, name));
    let Some(at) = own.or_else(|| latest(fields, ADDED)) else {
        return 1.0;
    };
    let days = (now.as_millis() - at.as_millis()).max(0) as f64 / DAY;
    let left = (-days / recency.half_life_days).exp2();
    1.0 - recency.weight * (1.0 - left)
}

fn latest(fields: &Fields, name: &str) -> Option<Timestamp> {
    let times = of(fields, name).filter_map(|value| match value {
        FieldValue::Text(text) => Timestamp::of_text(text),
        _ => None,
    });
    times.max()
}

fn one(boost: &Boost, fields: &Fields) -> f64 {
    let mut values = of(fields, &boost.field);
    match &boost.equals {
        Some(wanted) if values.any(|value| value == wanted) => boost.factor,
        Some(_) => 1.0,
        None => {
            let numbers = values.filter_map(|value| match value {
                FieldValue::Number(number) if number.is_finite() => Some(*number),
                _ => None,
            });
            let best = numbers.reduce(f64::max);
            best.map_or(1.0, |number| (number * boost.factor).clamp(LEAST, MOST))
        }
    }
}

fn of<'f>(fields: &'f Fields, name: &str) -> impl Iterator<Item = &'f FieldValue> {
    let name = name.to_owned();
    fields
        .iter()
        .filter(move |(own, _)| *own == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn days_ago(days: f64) -> Timestamp {
        NOW.plus_millis(-(days * DAY) as i64)
    }

    fn added(at: Timestamp) -> Vec<(String, FieldValue)> {
        vec![(ADDED.to_owned(), FieldValue::Text(at.to_string()))]
    }

    fn recency(half_life_days: f64, weight: f64, field: Option<&str>) -> Recency {
        Recency {
            half_life_days,
            weight,
            field: field.map(str::to_owned),
        }
    }

    fn boost(field: &str, equals: Option<FieldValue>, factor: f64) -> Boost {
        Boost {
            field: field.to_owned(),
            equals,
            factor,
        }
    }

    #[test]
    fn half_of_what_age_decides_is_gone_after_a_half_life() {
        for (days, weight, expected) in [
            (0.0, 1.0, 1.0),
            (30.0, 1.0, 0.5),
            (30.0, 0.5, 0.75),
            (60.0, 0.5, 0.625),
            (-9.0, 1.0, 1.0),
            (1e6, 0.4, 0.6),
            (30.0, 0.0, 1.0),
        ] {
            let fields = added(days_ago(days));
            let is = factor(Some(&recency(30.0, weight, None)), &[], &fields, NOW);
            assert!((is - expected).abs() < 1e-6, "{days} {weight}: {is}");
        }
    }

    #[test]
    fn a_field_with_a_date_counts_and_what_has_none_is_as_old_as_its_document() {
        let own = recency(30.0, 1.0, Some("written"));
        let mut fields = added(days_ago(60.0));
        let is = |fields: &[(String, FieldValue)]| factor(Some(&own), &[], fields, NOW);
        assert!((is(&fields) - 0.25).abs() < 1e-6);
        fields.push(("written".to_owned(), FieldValue::from("soon")));
        assert!((is(&fields) - 0.25).abs() < 1e-6);
        fields.push(("written".to_owned(), FieldValue::from("2025-12-02")));
        assert!((is(&fields) - 0.5).abs() < 1e-6);
        assert!((is(&[]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn fields_count_by_their_value_or_by_their_number() {
        let fields = vec![
            ("kind".to_owned(), FieldValue::from("manual")),
            ("kind".to_owned(), FieldValue::from("old")),
            ("year".to_owned(), FieldValue::Number(7.0)),
            ("good".to_owned(), FieldValue::Boolean(true)),
        ];
        for (boosts, expected) in [
            (vec![boost("kind", Some("manual".into()), 2.0)], 2.0),
            (vec![boost("kind", Some("Manual".into()), 2.0)], 1.0),
            (vec![boost("year", Some("7".into()), 2.0)], 1.0),
            (vec![boost("year", Some(FieldValue::Number(7.0)), 3.0)], 3.0),
            (vec![boost("year", None, 1.0)], 7.0),
            (
                vec![
                    boost("year", None, 0.5),
                    boost("good", Some(FieldValue::Boolean(true)), 2.0),
                ],
                7.0,
            ),
            (
                vec![boost("kind", None, 9.0), boost("none", None, 9.0)],
                1.0,
            ),
            (
                vec![boost("year", None, 100.0), boost("year", None, 100.0)],
                100.0,
            ),
        ] {
            let is = factor(None, &boosts, &fields, NOW);
            assert!((is - expected).abs() < 1e-9, "{boosts:?}: {is}");
        }
    }

    proptest! {
        #[test]
        fn what_is_newer_is_never_worth_less(
            life in 0.1f64..1000.0, weight in 0.0f64..=1.0, a in -10.0f64..5000.0, b in -10.0f64..5000.0,
        ) {
            let recency = recency(life, weight, None);
            let of = |days| factor(Some(&recency), &[], &added(days_ago(days)), NOW);
            let (newer, older) = (of(a.min(b)), of(a.max(b)));
            prop_assert!(newer >= older - 1e-9);
            prop_assert!((LEAST..=1.0).contains(&older) && older >= 1.0 - weight - 1e-9);
        }

        #[test]
        fn a_greater_factor_is_always_better_and_equal_ones_keep_the_order(
            score in -10.0f64..10.0, other in -10.0f64..10.0, f in 0.01f64..100.0, g in 0.01f64..100.0,
        ) {
            let (less, more) = (f.min(g), f.max(g));
            prop_assert!(boosted(score, less) <= boosted(score, more));
            if score < other {
                prop_assert!(boosted(score, f) <= boosted(other, f));
            }
            prop_assert_eq!(boosted(score, 1.0), score);
        }
    }
}
