//! How long a step may take, whether and when it is tried again, and what its output weighs.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use headwater_model::id::RunId;
use headwater_model::{Code, Error, Result};

use crate::plan::PlannedNode;
use crate::step::StepOutput;

pub(super) async fn within(
    timeout_ms: Option<u64>,
    call: impl Future<Output = Result<StepOutput>>,
) -> Result<StepOutput> {
    let Some(millis) = timeout_ms else {
        return call.await;
    };
    match tokio::time::timeout(Duration::from_millis(millis), call).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!("The step took longer than its timeout of {millis} ms."),
        )),
    }
}

/// Mistakes of the flow or the caller do not go away by trying again.
pub(super) fn worth_retrying(error: &Error) -> bool {
    matches!(
        error.code,
        Code::RateLimited | Code::Upstream | Code::Unavailable | Code::Timeout | Code::Internal
    )
}

pub(super) fn backoff(
    planned: &PlannedNode,
    attempt: u32,
    run: RunId,
    place: &str,
    error: &Error,
) -> u64 {
    let base = planned
        .backoff_ms
        .saturating_mul(1 << (attempt - 1).min(10));
    let jitter = u64::try_from(mix(run, place, attempt) % 1000).unwrap_or(0);
    let wait = base / 2 + base / 2 * jitter / 1000;
    wait.min(60_000)
        .max(error.retry_after.unwrap_or(0).saturating_mul(1000))
}

pub(super) fn mix(run: RunId, place: &str, salt: u32) -> u128 {
    let half = |side: u8| {
        let mut hasher = DefaultHasher::new();
        (run, place, salt, side).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    (half(0) << 64) | half(1)
}
