//! Thresholds, and what is said of figures that are above theirs.

use std::collections::BTreeSet;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::monitor::{Alert, Figure, FigureNow, Histogram, NowCounts, Span, Threshold};
use headwater_model::{Error, Result};

use crate::Platform;

/// What error rates and percentiles are taken of, in milliseconds.
const LATELY: i64 = 15 * 60 * 1_000;
/// What costs are taken of.
const DAY: i64 = 24 * 60 * 60 * 1_000;

impl Platform {
    /// What the workspace's figures should not exceed; those that the caller may see.
    pub async fn thresholds(&self, caller: &Caller) -> Result<Vec<Threshold>> {
        caller.require(Permission::RunsRead)?;
        let mut thresholds = self.store().monitor(caller.workspace).thresholds().await?;
        thresholds.retain(|threshold| caller.may(threshold.figure.permission()));
        Ok(thresholds)
    }

    /// Sets all thresholds of the workspace; figures that are not named have none any more.
    pub async fn set_thresholds(
        &self,
        caller: &Caller,
        thresholds: Vec<Threshold>,
    ) -> Result<Vec<Threshold>> {
        caller.require(Permission::MonitorWrite)?;
        let mut named = BTreeSet::new();
        for threshold in &thresholds {
            threshold.figure.check(threshold.limit)?;
            if !named.insert(threshold.figure) {
                return Err(Error::invalid(
                    "items",
                    format!(
                        "{} has two thresholds. Name each figure once.",
                        threshold.figure.as_str()
                    ),
                ));
            }
        }
        let monitor = self.store().monitor(caller.workspace);
        monitor
            .set_thresholds(thresholds.clone(), &caller.label())
            .await?;
        // What is above its new threshold is told now, not in a minute.
        self.look_at_workspace(caller.workspace).await?;
        Ok(thresholds)
    }

    /// When figures were above their thresholds; those that go on first.
    pub async fn alerts(&self, caller: &Caller) -> Result<Vec<Alert>> {
        caller.require(Permission::RunsRead)?;
        let mut alerts = self.store().monitor(caller.workspace).alerts().await?;
        alerts.retain(|alert| caller.may(alert.figure.permission()));
        Ok(alerts)
    }

    /// Looks at the figures of all workspaces that have thresholds.
    pub(super) async fn look_for_alerts(&self) {
        let watched = match self.store().watched_workspaces().await {
            Ok(watched) => watched,
            Err(error) => {
                tracing::warn!(?error, "looking for thresholds");
                return;
            }
        };
        for workspace in watched {
            if let Err(error) = self.look_at_workspace(workspace).await {
                tracing::warn!(%workspace, ?error, "looking at a workspace's figures");
            }
        }
    }

    async fn look_at_workspace(&self, workspace: WorkspaceId) -> Result<()> {
        let monitor = self.store().monitor(workspace);
        let now = monitor.now().await?;
        let figures = self.figures(workspace, &now).await?;
        monitor.look_at(figures).await
    }

    /// Every figure as it is now, beside its threshold.
    pub(super) async fn figures(
        &self,
        workspace: WorkspaceId,
        counts: &NowCounts,
    ) -> Result<Vec<FigureNow>> {
        let (monitor, now) = (self.store().monitor(workspace), self.clock().now());
        let (ended, spoke, day, servers, thresholds) = futures::try_join!(
            monitor.ended(Span::last(now, LATELY)),
            monitor.first_tokens(Span::last(now, LATELY)),
            monitor.ended(Span::last(now, DAY)),
            self.servers_now(now),
            monitor.thresholds(),
        )?;
        let (mut took, mut first, mut failed) = (Histogram::default(), Histogram::default(), 0);
        for tally in &ended {
            took.add_many(tally.took.unwrap_or_default(), tally.count);
            failed += tally.failed;
        }
        for tally in &spoke {
            first.add_many(tally.took.unwrap_or_default(), tally.count);
        }
        let runs = took.count();
        let waiting: u64 = counts.jobs.iter().map(|jobs| jobs.waiting).sum();
        let cost: u64 = day.iter().map(|tally| tally.cost).sum();
        let memory = servers.iter().filter_map(|server| server.memory).max();
        let value = |figure| match figure {
            Figure::ErrorRate => (runs > 0).then(|| failed as f64 * 100.0 / runs as f64),
            Figure::RunP95 => took.percentile(0.95),
            Figure::FirstTokenP95 => first.percentile(0.95),
            Figure::CostPerDay => Some(cost as f64 / 1e9),
            Figure::QueueLength => Some(waiting as f64),
            Figure::Memory => memory.map(|bytes| bytes as f64),
            Figure::Cpu => servers
                .iter()
                .filter_map(|server| self.load(server))
                .reduce(f64::max),
        };
        let limit = |figure| {
            let mut thresholds = thresholds.iter();
            let threshold = thresholds.find(|threshold| threshold.figure == figure);
            threshold.map(|threshold| threshold.limit)
        };
        let figures = Figure::ALL.into_iter();
        Ok(figures
            .map(|figure| FigureNow::of(figure, value(figure), limit(figure)))
            .collect())
    }
}
