//! When a source is looked at by itself.

use headwater_model::flow::value::parse_deadline;
use headwater_model::knowledge::source::SyncSchedule;
use headwater_model::trigger::{Missed, Overlap, Schedule};
use headwater_model::{Error, Result, Timestamp};

use crate::triggers::schedule::Times;

/// The shortest time between two syncs, in milliseconds.
const SHORTEST: u64 = 60_000;

/// The next time after an instant. Errors: `invalid` for what is no schedule, or never comes.
pub(super) fn next(schedule: &SyncSchedule, after: Timestamp) -> Result<Timestamp> {
    match (&schedule.every, &schedule.cron) {
        (Some(every), None) if schedule.time_zone.is_none() => {
            let millis = parse_deadline(every).filter(|millis| *millis >= SHORTEST);
            let millis = millis.and_then(|millis| i64::try_from(millis).ok());
            millis.map(|millis| after.plus_millis(millis)).ok_or_else(|| {
                Error::invalid(
                    "schedule.every",
                    format!("“{every}” must be a time such as 30m, 6h or 7d, from one minute to a year."),
                )
            })
        }
        (None, Some(cron)) => {
            let times = Times::read(&Schedule {
                cron: cron.clone(),
                time_zone: schedule
                    .time_zone
                    .clone()
                    .unwrap_or_else(|| "UTC".to_owned()),
                missed: Missed::Skip,
                overlap: Overlap::Skip,
            })
            .map_err(here)?;
            times.after(after).next().ok_or_else(|| {
                Error::invalid(
                    "schedule.cron",
                    "schedule.cron names a time that never comes. Check its day and month.",
                )
            })
        }
        _ => Err(Error::invalid(
            "schedule",
            "Say either `every`, such as 6h, or `cron`, with a `time_zone` if need be.",
        )),
    }
}

/// The same error, about a source's schedule.
fn here(error: Error) -> Error {
    let field = error.field.as_deref().unwrap_or_default();
    let field = field.replace("settings.", "schedule.");
    let message = error.message.replace("settings.", "schedule.");
    Error::invalid(field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(every: Option<&str>, cron: Option<&str>, zone: Option<&str>) -> SyncSchedule {
        SyncSchedule {
            every: every.map(str::to_owned),
            cron: cron.map(str::to_owned),
            time_zone: zone.map(str::to_owned),
        }
    }

    #[test]
    fn a_source_is_due_every_so_often_or_by_the_clock() {
        let at = Timestamp::of_text("2026-11-20T07:30:00Z").unwrap();
        let shown = |schedule| next(&schedule, at).unwrap().to_string();
        assert_eq!(
            shown(schedule(Some("6h"), None, None)),
            "2026-11-20T13:30:00.000Z"
        );
        let berlin = schedule(None, Some("0 7 * * *"), Some("Europe/Berlin"));
        assert_eq!(shown(berlin), "2026-11-21T06:00:00.000Z");
    }

    #[test]
    fn what_is_no_schedule_names_its_field() {
        let at = Timestamp::from_millis(0);
        for (schedule, field) in [
            (schedule(None, None, None), "schedule"),
            (schedule(Some("6h"), Some("0 7 * * *"), None), "schedule"),
            (schedule(Some("6h"), None, Some("UTC")), "schedule"),
            (schedule(Some("10s"), None, None), "schedule.every"),
            (schedule(Some("often"), None, None), "schedule.every"),
            (schedule(None, Some("x"), None), "schedule.cron"),
            (schedule(None, Some("0 0 30 2 *"), None), "schedule.cron"),
            (
                schedule(None, Some("0 7 * * *"), Some("Mars")),
                "schedule.time_zone",
            ),
        ] {
            let error = next(&schedule, at).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{schedule:?}");
        }
    }
}
