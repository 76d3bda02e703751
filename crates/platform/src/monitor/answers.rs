//! Answers that were dear are given again for a while; those who ask for the same wait for one.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use headwater_model::id::WorkspaceId;
use headwater_model::monitor::Looked;
use headwater_model::{Clock, Result, Timestamp};
use parking_lot::Mutex;

use super::elapsed_ms;

/// What is found more quickly than this is found anew each time, in milliseconds.
const DEAR: i64 = 250;
/// A dear answer is given for so many times what it took, which bounds the share of time spent on it.
const WORTH: i64 = 20;
/// And not for longer than this, in milliseconds.
const LONGEST: i64 = 60_000;
/// Past this many, those that are out of date are forgotten.
const KEPT: usize = 1_000;

type Key = (WorkspaceId, Looked);
type Place<T> = Arc<tokio::sync::Mutex<Option<(Timestamp, Arc<T>)>>>;

/// One kind of answer.
pub(super) struct Answers<T> {
    places: Mutex<HashMap<Key, Place<T>>>,
}

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self {
            places: Mutex::default(),
        }
    }
}

impl<T> Answers<T> {
    /// The answer that stands, or else the one that `find` gives.
    pub async fn get(
        &self,
        clock: &dyn Clock,
        key: Key,
        find: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let place = self.place(key);
        let mut kept = place.lock().await;
        let now = clock.now();
        if let Some((until, answer)) = kept.as_ref()
            && now < *until
        {
            return Ok(Arc::clone(answer));
        }
        *kept = None;
        let answer = Arc::new(find.await?);
        let took = elapsed_ms(clock, now);
        if took >= DEAR {
            let until = clock.now().plus_millis((took * WORTH).min(LONGEST));
            *kept = Some((until, Arc::clone(&answer)));
        }
        Ok(answer)
    }

    fn place(&self, key: Key) -> Place<T> {
        let mut places = self.places.lock();
        if places.len() > KEPT {
            places.retain(|_, place| Arc::strong_count(place) > 1);
        }
        Arc::clone(places.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use headwater_model::monitor::Range;

    use super::*;

    #[derive(Debug, Default)]
    struct Hands(AtomicI64);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    #[tokio::test]
    async fn a_dear_answer_stands_for_a_while_and_a_cheap_one_does_not() {
        let (clock, answers) = (Hands::default(), Answers::default());
        let workspace = WorkspaceId::new(Timestamp::from_millis(1), 1);
        let ask = async |range, takes: i64, says: u32| {
            let find = async {
                clock.0.fetch_add(takes, Ordering::Relaxed);
                Ok(says)
            };
            let answer = answers
                .get(&clock, (workspace, Looked::Back(range)), find)
                .await;
            *answer.unwrap()
        };
        assert_eq!(ask(Range::Hour, 10, 1).await, 1);
        assert_eq!(ask(Range::Hour, 10, 2).await, 2);
        assert_eq!(ask(Range::Month, 500, 3).await, 3);
        assert_eq!(ask(Range::Month, 500, 4).await, 3);
        assert_eq!(ask(Range::Week, 0, 5).await, 5);
        clock.0.fetch_add(10_000, Ordering::Relaxed);
        assert_eq!(ask(Range::Month, 500, 6).await, 6);
    }
}
