//! The monitor: how a workspace and the servers do, from rows that exist and from what each process
//! records of itself. Nothing is asked of Prometheus, and no request writes to the database.

mod alerts;
mod answers;
mod boards;
mod consumers;
mod process;
mod recorder;
mod servers;

use std::sync::Arc;
use std::time::Duration;

use headwater_model::access::{Caller, Permission};
use headwater_model::monitor::{Looked, Overview, SystemReport, UsageReport};
use headwater_model::{Clock, Result, Timestamp};

use crate::{Platform, telemetry};
use answers::Answers;
pub(crate) use recorder::{Recorder, Stream};

/// How often a process measures itself, in milliseconds.
const FINE: i64 = 5_000;
/// How long servers' minutes and alerts are kept.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Old minutes are forgotten once in so many.
const FORGET_EVERY: i64 = 60;

/// What the monitor holds in memory.
pub(crate) struct MonitorState {
    pub(crate) recorder: Arc<Recorder>,
    overviews: Answers<Overview>,
    usages: Answers<UsageReport>,
}

impl MonitorState {
    pub(crate) fn new(recorder: Arc<Recorder>) -> Self {
        Self {
            recorder,
            overviews: Answers::default(),
            usages: Answers::default(),
        }
    }
}

/// Requests that say how the server is used: not those of the monitor itself, of probes and of files.
fn is_counted(route: &str) -> bool {
    const NOT: [&str; 6] = [
        "unmatched",
        "/livez",
        "/readyz",
        "/metrics",
        "/docs",
        "/api/v1/openapi.json",
    ];
    !NOT.contains(&route) && !route.starts_with("/api/v1/monitor/")
}

impl Platform {
    /// Counts a request that was answered.
    pub fn count_request(&self, route: &str, method: &str, status: u16, took: Duration) {
        telemetry::request(route, method, status, took);
        if is_counted(route) {
            self.inner.monitor.recorder.request(status, took);
        }
    }

    /// How the workspace does.
    pub async fn monitor_overview(&self, caller: &Caller, looked: Looked) -> Result<Arc<Overview>> {
        caller.require(Permission::RunsRead)?;
        let workspace = caller.workspace;
        let overview = self
            .inner
            .monitor
            .overviews
            .get(
                self.clock().as_ref(),
                (workspace, looked),
                self.overview(workspace, looked),
            )
            .await?;
        let hidden = |figure: headwater_model::monitor::Figure| !caller.may(figure.permission());
        if !overview.figures.iter().any(|now| hidden(now.figure)) {
            return Ok(overview);
        }
        let mut told = overview.as_ref().clone();
        told.figures.retain(|now| !hidden(now.figure));
        Ok(Arc::new(told))
    }

    /// What the workspace consumed, and by whom.
    pub async fn monitor_usage(&self, caller: &Caller, looked: Looked) -> Result<Arc<UsageReport>> {
        caller.require(Permission::RunsRead)?;
        let workspace = caller.workspace;
        let report = self
            .inner
            .monitor
            .usages
            .get(
                self.clock().as_ref(),
                (workspace, looked),
                self.usage_report(workspace, looked),
            )
            .await?;
        let mut told = report.as_ref().clone();
        self.name_consumers(caller, &mut told).await?;
        Ok(Arc::new(told))
    }

    /// How the servers do.
    pub async fn monitor_system(&self, caller: &Caller, looked: Looked) -> Result<SystemReport> {
        caller.require(Permission::SystemRead)?;
        let checks = self.checks(caller.workspace).await;
        self.system_report(looked, checks).await
    }

    /// Begins to measure this process; what is not kept when the house closes is kept then.
    pub(crate) fn start_monitor(&self) {
        let platform = self.clone();
        let stopping = self.supervisor().stopping().clone();
        self.supervisor().spawn("monitor", async move {
            loop {
                let now = platform.clock().now().as_millis();
                let wait = Duration::from_millis((FINE - now.rem_euclid(FINE)) as u64);
                let sleep = tokio::time::sleep(wait);
                if stopping.run_until_cancelled(sleep).await.is_none() {
                    break;
                }
                if let Some(minute) = platform.measure() {
                    platform.end_minute(minute).await;
                }
            }
            platform.measure();
            platform.inner.monitor.recorder.finish();
            platform.keep_minutes().await;
        });
    }

    /// Takes a sample; the minute that ended with it, when one did.
    fn measure(&self) -> Option<Timestamp> {
        let live = self.inner.live.count() as u64;
        let recorder = &self.inner.monitor.recorder;
        let ended = recorder.sample(self.clock().now(), live);
        if let Some(latest) = recorder.latest() {
            telemetry::process(
                latest.memory,
                latest.cpu_share(),
                latest.streams.unwrap_or_default(),
            );
        }
        ended
    }

    async fn end_minute(&self, minute: Timestamp) {
        self.keep_minutes().await;
        self.look_for_alerts().await;
        let number = minute.as_millis() / 60_000;
        if number % FORGET_EVERY == 0 {
            let before = self.clock().now().plus_millis(-KEPT_MS);
            if let Err(error) = self.store().forget_monitored(before).await {
                tracing::warn!(?error, "forgetting what was measured long ago");
            }
        }
    }

    /// Keeps the minutes that are over. Those that cannot be kept now are tried again with the next.
    async fn keep_minutes(&self) {
        let recorder = &self.inner.monitor.recorder;
        for minute in recorder.unkept() {
            let at = minute.at;
            match self.store().keep_server_minute(minute).await {
                Ok(()) => recorder.kept(at),
                Err(error) => {
                    tracing::warn!(?error, "keeping what was measured in a minute");
                    return;
                }
            }
        }
    }
}

/// A clock that needs no handle.
pub(crate) fn elapsed_ms(clock: &dyn Clock, since: Timestamp) -> i64 {
    clock.now().as_millis() - since.as_millis()
}

#[cfg(test)]
mod tests {
    #[test]
    fn looking_at_the_monitor_is_not_counted() {
        assert!(super::is_counted("/api/v1/flows/{id}/invoke"));
        assert!(!super::is_counted("/api/v1/monitor/overview"));
        assert!(!super::is_counted("/readyz"));
        assert!(!super::is_counted("unmatched"));
    }
}
