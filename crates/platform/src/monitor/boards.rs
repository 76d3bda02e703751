//! The boards of a workspace, folded from tallies.

use headwater_model::Result;
use headwater_model::id::WorkspaceId;
use headwater_model::monitor::{
    Histogram, Looked, Overview, OverviewLines, OverviewTotals, Span, UsageLines, UsageReport,
    UsageTotals,
};
use headwater_model::price::Usd;
use headwater_store::monitor::{By, Tally};

use super::consumers::consumers;
use crate::Platform;

impl Platform {
    pub(super) async fn overview(
        &self,
        workspace: WorkspaceId,
        looked: Looked,
    ) -> Result<Overview> {
        let span = looked.span(self.clock().now());
        let monitor = self.store().monitor(workspace);
        let (now, ended, spoke) = futures::try_join!(
            monitor.now(),
            monitor.ended(span),
            monitor.first_tokens(span)
        )?;
        let figures = self.figures(workspace, &now).await?;
        Ok(Overview {
            range: looked.range(),
            from: span.from,
            to: span.to,
            step_ms: span.step.unsigned_abs(),
            figures,
            now,
            totals: overview_totals(&ended, &spoke),
            lines: overview_lines(span, &ended, &spoke),
        })
    }

    pub(super) async fn usage_report(
        &self,
        workspace: WorkspaceId,
        looked: Looked,
    ) -> Result<UsageReport> {
        let span = looked.span(self.clock().now());
        let monitor = self.store().monitor(workspace);
        let (flows, callers, calls, spoke) = futures::try_join!(
            monitor.consumed(span, By::Flow),
            monitor.consumed(span, By::Caller),
            monitor.called(span),
            monitor.first_tokens(span),
        )?;
        Ok(UsageReport {
            range: looked.range(),
            from: span.from,
            to: span.to,
            step_ms: span.step.unsigned_abs(),
            totals: usage_totals(&flows),
            lines: usage_lines(span, &flows),
            flows: consumers(span, flows, &[]),
            models: consumers(span, calls, &spoke),
            members: consumers(span, callers, &[]),
        })
    }
}

/// How long those of `tallies` took that `which` chooses.
fn took<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Histogram {
    let mut took = Histogram::default();
    for tally in tallies {
        took.add_many(tally.took.unwrap_or_default(), tally.count);
    }
    took
}

fn sum(tallies: &[Tally], of: fn(&Tally) -> u64) -> u64 {
    tallies.iter().map(of).sum()
}

fn cancelled(tally: &Tally) -> u64 {
    match tally.name.as_deref() {
        Some("cancelled") => tally.count,
        _ => 0,
    }
}

fn overview_totals(ended: &[Tally], spoke: &[Tally]) -> OverviewTotals {
    OverviewTotals {
        runs: sum(ended, |tally| tally.count),
        failed: sum(ended, |tally| tally.failed),
        cancelled: sum(ended, cancelled),
        took: took(ended).percentiles(1.0),
        first_token: took(spoke).percentiles(1.0),
        first_tokens: sum(spoke, |tally| tally.count),
        input_tokens: sum(ended, |tally| tally.input_tokens),
        output_tokens: sum(ended, |tally| tally.output_tokens),
        cost: Usd::from_nanos(sum(ended, |tally| tally.cost)),
        unpriced: sum(ended, |tally| tally.unpriced),
    }
}

/// A count for each step.
fn line(span: Span, tallies: &[Tally], of: fn(&Tally) -> u64) -> Vec<u64> {
    let mut line = vec![0; span.steps()];
    for tally in tallies {
        if let Some(place) = line.get_mut(tally.step) {
            *place += of(tally);
        }
    }
    line
}

/// What took how long, for each step.
fn took_line(span: Span, tallies: &[Tally]) -> Vec<Histogram> {
    let mut line = vec![Histogram::default(); span.steps()];
    for tally in tallies {
        if let Some(place) = line.get_mut(tally.step) {
            place.add_many(tally.took.unwrap_or_default(), tally.count);
        }
    }
    line
}

fn overview_lines(span: Span, ended: &[Tally], spoke: &[Tally]) -> OverviewLines {
    let (took, first) = (took_line(span, ended), took_line(span, spoke));
    let of = |line: &[Histogram], share: f64| -> Vec<Option<f64>> {
        line.iter().map(|step| step.percentile(share)).collect()
    };
    OverviewLines {
        at: span.starts(),
        runs: line(span, ended, |tally| tally.count),
        failed: line(span, ended, |tally| tally.failed),
        cancelled: line(span, ended, cancelled),
        p50: of(&took, 0.5),
        p95: of(&took, 0.95),
        p99: of(&took, 0.99),
        first_token_p50: of(&first, 0.5),
        first_token_p95: of(&first, 0.95),
        first_token_p99: of(&first, 0.99),
    }
}

fn usage_totals(runs: &[Tally]) -> UsageTotals {
    UsageTotals {
        runs: sum(runs, |tally| tally.count),
        input_tokens: sum(runs, |tally| tally.input_tokens),
        output_tokens: sum(runs, |tally| tally.output_tokens),
        cost: Usd::from_nanos(sum(runs, |tally| tally.cost)),
        unpriced: sum(runs, |tally| tally.unpriced),
    }
}

fn usage_lines(span: Span, runs: &[Tally]) -> UsageLines {
    let cost = line(span, runs, |tally| tally.cost);
    UsageLines {
        at: span.starts(),
        input_tokens: line(span, runs, |tally| tally.input_tokens),
        output_tokens: line(span, runs, |tally| tally.output_tokens),
        cost: cost.into_iter().map(|nanos| nanos as f64 / 1e9).collect(),
    }
}

#[cfg(test)]
mod tests {
    use headwater_model::Timestamp;
    use headwater_model::monitor::Range;

    use super::*;

    fn tally(step: usize, status: &str, took: u64, count: u64) -> Tally {
        Tally {
            step,
            name: Some(status.to_owned()),
            took: Some(took),
            count,
            failed: if status == "failed" { count } else { 0 },
            input_tokens: 10 * count,
            output_tokens: count,
            cost: 5 * count,
            unpriced: 0,
        }
    }

    #[test]
    fn totals_are_the_sums_of_lines_and_percentiles_are_of_all_runs() {
        let span = Range::Hour.until(Timestamp::from_millis(1_767_225_674_321));
        let ended = [
            tally(0, "succeeded", 20, 90),
            tally(59, "failed", 3_000, 8),
            tally(59, "cancelled", 10, 2),
            tally(60, "succeeded", 10, 0),
        ];
        let (totals, lines) = (
            overview_totals(&ended, &[]),
            overview_lines(span, &ended, &[]),
        );
        assert_eq!((totals.runs, totals.failed, totals.cancelled), (100, 8, 2));
        assert_eq!(lines.runs.iter().sum::<u64>(), totals.runs);
        assert_eq!(
            (lines.runs[0], lines.failed[59], lines.cancelled[59]),
            (90, 8, 2)
        );
        assert_eq!(
            (totals.took.p50, totals.took.p95),
            (Some(20.0), Some(3_049.5))
        );
        assert_eq!(
            (lines.p50[0], lines.p50[1], lines.p50[59]),
            (Some(20.0), None, Some(3_049.5))
        );
        assert_eq!(
            (totals.input_tokens, totals.cost),
            (1_000, Usd::from_nanos(500))
        );
        assert_eq!(totals.first_token.p95, None);
    }
}
