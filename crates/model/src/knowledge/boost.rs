//! What makes passages worth more or less than their words and meaning say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::FieldValue;
use crate::{Error, Result};

/// The most fields that count.
const MOST: usize = 16;
/// The longest name of a field, and the longest text it is compared with, in bytes.
const LONGEST: usize = 512;
/// What a factor may be.
const FACTORS: std::ops::RangeInclusive<f64> = 0.01..=100.0;
/// A hundred years, in days.
const LONGEST_LIFE: f64 = 36_500.0;

/// How age makes passages worth less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recency {
    /// After so many days half of the share that age decides is gone.
    pub half_life_days: f64,
    /// The share of a score that age decides, from 0 to 1.
    #[serde(default = "half")]
    pub weight: f64,
    /// The field with the time or the date; when the document was added, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// How a field makes passages worth more or less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Boost {
    pub field: String,
    /// Scores of chunks whose field has this value are multiplied by `factor`. Without it the field's
    /// own number counts, times `factor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<FieldValue>,
    /// From 0.01 to 100.
    #[serde(default = "one")]
    pub factor: f64,
}

fn half() -> f64 {
    0.5
}

fn one() -> f64 {
    1.0
}

impl Recency {
    /// Says what cannot be.
    pub fn check(&self, field: &'static str) -> Result<()> {
        if !(self.half_life_days > 0.0 && self.half_life_days <= LONGEST_LIFE) {
            let message = format!("{field}.half_life_days must be above 0 and at most 36500.");
            return Err(Error::invalid(field, message));
        }
        if !(0.0..=1.0).contains(&self.weight) {
            let message = format!("{field}.weight must be from 0 to 1.");
            return Err(Error::invalid(field, message));
        }
        self.field
            .as_ref()
            .map_or(Ok(()), |name| check_name(field, name))
    }
}

impl Boost {
    /// Says what cannot be.
    pub fn check_all(boosts: &[Self], field: &'static str) -> Result<()> {
        if boosts.len() > MOST {
            let message = format!("{field} may name at most {MOST} fields.");
            return Err(Error::invalid(field, message));
        }
        for boost in boosts {
            check_name(field, &boost.field)?;
            if !FACTORS.contains(&boost.factor) {
                let message = format!("A factor in {field} must be from 0.01 to 100.");
                return Err(Error::invalid(field, message));
            }
            let text =
                matches!(&boost.equals, Some(FieldValue::Text(text)) if text.len() > LONGEST);
            let number = matches!(&boost.equals, Some(FieldValue::Number(n)) if !n.is_finite());
            if text || number {
                let message = format!("A value in {field} is too long, or no number.");
                return Err(Error::invalid(field, message));
            }
        }
        Ok(())
    }
}

fn check_name(field: &'static str, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > LONGEST || name.contains('\0') {
        return Err(Error::invalid(
            field,
            format!("{field} needs the name of a field, such as added_at."),
        ));
    }
    Ok(())
}
