//! Until when this process has each of its runs, as far as the database knows.

use std::collections::HashMap;

use headwater_model::Timestamp;
use headwater_model::id::RunId;
use headwater_model::ports::Hold;
use parking_lot::Mutex;

/// The holds of this process. What is written here is never later than what the database has, so
/// that a hold that stands here stands for everybody.
#[derive(Default)]
pub(crate) struct Holds(Mutex<HashMap<RunId, (u64, Timestamp)>>);

impl Holds {
    /// A run was started or taken, with a lease until then.
    pub(super) fn keep(&self, hold: Hold, until: Timestamp) {
        self.0.lock().insert(hold.run, (hold.epoch, until));
    }

    /// The work on it has ended here.
    pub(super) fn forget(&self, hold: Hold) {
        let mut holds = self.0.lock();
        if holds
            .get(&hold.run)
            .is_some_and(|held| held.0 == hold.epoch)
        {
            holds.remove(&hold.run);
        }
    }

    /// These leases were renewed.
    pub(super) fn renewed(&self, held: &[Hold], until: Timestamp) {
        let mut holds = self.0.lock();
        for hold in held {
            if let Some((epoch, lasts)) = holds.get_mut(&hold.run)
                && *epoch == hold.epoch
            {
                *lasts = until;
            }
        }
    }

    /// Whether nobody can have taken it away before `now`.
    pub(super) fn stands(&self, hold: Hold, now: Timestamp) -> bool {
        let holds = self.0.lock();
        let held = holds.get(&hold.run);
        held.is_some_and(|(epoch, until)| *epoch == hold.epoch && now < *until)
    }
}

#[cfg(test)]
mod tests {
    use headwater_model::Timestamp;

    use super::*;

    #[test]
    fn a_hold_stands_until_its_lease_is_over_and_no_other_takes_its_place() {
        let at = Timestamp::from_millis;
        let run = RunId::new(at(0), 1);
        let (first, second) = (Hold { run, epoch: 0 }, Hold { run, epoch: 2 });
        let holds = Holds::default();
        holds.keep(first, at(100));
        assert!(holds.stands(first, at(99)) && !holds.stands(first, at(100)));
        holds.renewed(&[first], at(200));
        assert!(holds.stands(first, at(150)));
        holds.keep(second, at(300));
        holds.renewed(&[first], at(400));
        holds.forget(first);
        assert!(!holds.stands(first, at(150)));
        assert!(holds.stands(second, at(250)) && !holds.stands(second, at(350)));
    }
}
