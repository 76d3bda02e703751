//! How many retries one provider is sent. A vendor that fails is asked more often by everyone who
//! tries again, just when it can bear it least; so retries are paid for by calls.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use headwater_model::{Code, Error};

/// A retry costs as much as this many calls bring in.
const RETRY: u32 = 10;
/// What is there at the start, and the most that is saved: ten retries.
const FULL: u32 = 10 * RETRY;

/// One retry for every ten calls, and ten saved up: over `n` calls at most `n / 10 + 10` retries.
#[derive(Debug)]
pub struct Budget {
    saved: AtomicU32,
    /// What the provider last failed with, for whoever is not let through.
    last: Mutex<Option<(Code, String)>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            saved: AtomicU32::new(FULL),
            last: Mutex::default(),
        }
    }
}

impl Budget {
    /// A first attempt, which is never refused.
    pub(super) fn call(&self) {
        let more = |saved: u32| Some((saved + 1).min(FULL));
        // The closure never refuses, so there is nothing to look at.
        let _ = self
            .saved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Pays for a retry; false when that cannot be afforded.
    pub(super) fn retry(&self) -> bool {
        let less = |saved: u32| saved.checked_sub(RETRY);
        let paid = self
            .saved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        paid.is_ok()
    }

    /// Remembers a failure that may pass.
    pub(super) fn failed(&self, error: &Error) {
        let last = Some((error.code, error.message.to_string()));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    /// What a retry that cannot be afforded ends with.
    pub(super) fn exhausted(&self) -> Error {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (code, said) = last.clone().unwrap_or_else(|| {
            let said = "The provider fails too often.".to_owned();
            (Code::Unavailable, said)
        });
        Error::new(
            code,
            format!("{said} (Not asked again: too many calls of this provider fail just now.)"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_all_fails_a_tenth_and_ten_more_are_tried_again() {
        let budget = Budget::default();
        let retries = (0..1000).flat_map(|_| {
            budget.call();
            std::iter::from_fn(|| budget.retry().then_some(()))
        });
        assert_eq!(retries.count(), 10 + 100 - 1);
        let quiet = Budget::default();
        (0..1000).for_each(|_| quiet.call());
        let burst = std::iter::from_fn(|| quiet.retry().then_some(()));
        assert_eq!(burst.count(), 10, "good days do not save up for a storm");
    }
}
