//! Figures that may have a threshold, and what is said when one is passed.

use serde::{Deserialize, Serialize};

use crate::access::Permission;
use crate::id::AlertId;
use crate::{Error, Result, Timestamp};

/// A number that says how a workspace or the server does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Of the runs that ended in the last 15 minutes, how many of a hundred failed.
    ErrorRate,
    /// What 95 of 100 runs that ended in the last 15 minutes did not exceed, in milliseconds.
    RunP95,
    /// What 95 of 100 first tokens of the last 15 minutes did not exceed, in milliseconds.
    FirstTokenP95,
    /// What runs of the last 24 hours came to, in US dollars.
    CostPerDay,
    /// Jobs that wait.
    QueueLength,
    /// The memory of the largest server process, in bytes.
    Memory,
    /// The processor time of the busiest server process in the last minute, in percent of all the
    /// processors it may use.
    Cpu,
}

impl Figure {
    pub const ALL: [Self; 7] = [
        Self::ErrorRate,
        Self::RunP95,
        Self::FirstTokenP95,
        Self::CostPerDay,
        Self::QueueLength,
        Self::Memory,
        Self::Cpu,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::RunP95 => "run_p95",
            Self::FirstTokenP95 => "first_token_p95",
            Self::CostPerDay => "cost_per_day",
            Self::QueueLength => "queue_length",
            Self::Memory => "memory",
            Self::Cpu => "cpu",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|figure| figure.as_str() == text)
            .ok_or_else(|| {
                Error::invalid(
                    "figure",
                    "figure must be one of error_rate, run_p95, first_token_p95, cost_per_day, queue_length, memory, cpu.",
                )
            })
    }

    /// Who may see it: the server's own figures are for operators.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Memory | Self::Cpu => Permission::SystemRead,
            _ => Permission::RunsRead,
        }
    }

    /// The most a threshold of it can be.
    const fn most(self) -> f64 {
        match self {
            Self::ErrorRate | Self::Cpu => 100.0,
            _ => 1e15,
        }
    }

    /// Refuses what is no threshold of this figure.
    pub fn check(self, limit: f64) -> Result<()> {
        if limit.is_finite() && (0.0..=self.most()).contains(&limit) {
            return Ok(());
        }
        Err(Error::invalid(
            "limit",
            match self {
                Self::ErrorRate | Self::Cpu => {
                    "limit of error_rate and of cpu must be a number of percent from 0 to 100."
                }
                _ => "limit must be a number of 0 or more.",
            },
        ))
    }
}

/// What a figure should not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub figure: Figure,
    /// In the figure's unit.
    pub limit: f64,
}

/// A figure as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FigureNow {
    pub figure: Figure,
    /// In the figure's unit; null when there was nothing to measure.
    pub value: Option<f64>,
    /// Its threshold, when it has one.
    pub limit: Option<f64>,
    /// Whether the value is above the threshold.
    pub exceeded: bool,
}

impl FigureNow {
    /// A figure beside its threshold.
    pub fn of(figure: Figure, value: Option<f64>, limit: Option<f64>) -> Self {
        let exceeded = value.zip(limit).is_some_and(|(value, limit)| value > limit);
        Self {
            figure,
            value,
            limit,
            exceeded,
        }
    }
}

/// A time in which a figure was above its threshold.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Alert {
    pub id: AlertId,
    pub figure: Figure,
    /// The threshold when it was last looked.
    pub limit: f64,
    /// The value when it was last above the threshold.
    pub value: f64,
    /// The highest it has been.
    pub worst: f64,
    pub since: Timestamp,
    /// When it was back within bounds, or its threshold was taken away.
    pub ended_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_above_its_threshold_exceeds_it() {
        let exceeded = |value, limit| FigureNow::of(Figure::RunP95, value, limit).exceeded;
        assert!(exceeded(Some(10.1), Some(10.0)));
        assert!(!exceeded(Some(10.0), Some(10.0)));
        assert!(!exceeded(None, Some(0.0)));
        assert!(!exceeded(Some(1.0), None));
    }

    #[test]
    fn a_threshold_is_a_number_that_the_figure_can_have() {
        assert!(Figure::ErrorRate.check(100.0).is_ok());
        for wrong in [-1.0, 101.0, f64::NAN, f64::INFINITY] {
            assert!(Figure::ErrorRate.check(wrong).is_err(), "{wrong}");
        }
        assert!(Figure::Memory.check(4e9).is_ok());
        for figure in Figure::ALL {
            assert_eq!(Figure::parse(figure.as_str()).unwrap(), figure);
        }
    }
}
