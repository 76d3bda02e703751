//! What the monitor says: how much was done, how quickly, at what cost, and what is out of bounds.

mod figure;
mod histogram;
mod report;
mod span;

pub use figure::{Alert, Figure, FigureNow, Threshold};
pub use histogram::{Histogram, Percentiles};
pub use report::{
    Consumer, Consumers, JobsNow, Lookups, NowCounts, Overview, OverviewLines, OverviewTotals,
    Server, SystemLines, SystemReport, SystemTotals, UsageLines, UsageReport, UsageTotals,
};
pub use span::{Looked, Range, Span};
