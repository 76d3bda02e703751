//! Schedules. Every server looks for schedules whose time has come; the transaction that keeps the
//! run also moves the schedule on from the time it served, so one of them fires and no other does.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use futures::StreamExt as _;
use headwater_model::trigger::{
    FiringOutcome, Missed, Overlap, Schedule, TriggerKind, TriggerSettings,
};
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_store::triggers::{Due, Fired, NewFiring, TriggerRecord};
use jiff::Zoned;
use jiff::tz::TimeZone;

use super::REMEMBERED_MS;
use super::event::{self, Event};
use crate::{Platform, telemetry};

/// How often schedules are looked at.
const TICK: Duration = Duration::from_millis(500);
/// After how many looks old firings are forgotten: about every hour.
const FORGET_EVERY: u32 = 7_200;
/// How many schedules one look takes on.
const AT_ONCE: u32 = 1_000;
/// How many schedules are served side by side.
const SIDE_BY_SIDE: usize = 16;
/// A time that nobody served for this long was missed, in milliseconds.
const MISSED_MS: i64 = 30_000;
/// The most runs that `missed: all` makes up for.
const MOST_MISSED: usize = 100;
/// The most times one look goes through; what is older is passed over.
const MOST_TIMES: usize = 10_000;

/// The times a schedule names.
#[derive(Debug)]
pub(crate) struct Times {
    cron: Cron,
    zone: TimeZone,
    name: String,
}

/// One time that a look serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Serving {
    at: Timestamp,
    what: FiringOutcome,
    /// How many times before it this one stands for, or passes over.
    before: usize,
}

impl Times {
    /// Reads a schedule; an error names the setting.
    pub(crate) fn read(schedule: &Schedule) -> Result<Self> {
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(&schedule.cron).map_err(|error| {
            Error::invalid(
                "settings.cron",
                format!(
                    "settings.cron is not a cron expression of five fields (or six, with seconds first), such as `0 7 * * 1-5`: {error}"
                ),
            )
        })?;
        let zone = TimeZone::get(&schedule.time_zone).map_err(|_| {
            Error::invalid(
                "settings.time_zone",
                format!(
                    "There is no time zone “{}”. Use a name such as Europe/London or UTC.",
                    schedule.time_zone
                ),
            )
        })?;
        Ok(Self {
            cron,
            zone,
            name: schedule.time_zone.clone(),
        })
    }

    /// The times after an instant, in order.
    pub(crate) fn after(&self, at: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        std::iter::successors(self.next(at), |at| self.next(*at))
    }

    fn next(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self
            .cron
            .find_next_occurrence(&self.zoned(at)?, false)
            .ok()?;
        let next = Timestamp::from_millis(next.timestamp().as_millisecond());
        // Times rise, whatever the clocks of the zone do.
        (next > at).then_some(next)
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
        Some(at.to_zoned(self.zone.clone()))
    }

    /// An instant on the zone's clocks, with its offset, and the day alone.
    pub(super) fn local(&self, at: Timestamp) -> (String, String) {
        let zoned = self.zoned(at);
        let told = |format: &str| {
            let text = zoned
                .as_ref()
                .map(|zoned| zoned.strftime(format).to_string());
            text.unwrap_or_default()
        };
        (told("%Y-%m-%dT%H:%M:%S%:z"), told("%Y-%m-%d"))
    }

    pub(super) fn zone_name(&self) -> &str {
        &self.name
    }

    /// The times from `first` up to `now`, and whether there are more than one look takes on.
    fn due(&self, first: Timestamp, now: Timestamp) -> (Vec<Timestamp>, bool) {
        let mut due: Vec<Timestamp> = std::iter::once(first)
            .chain(self.after(first))
            .take_while(|at| *at <= now)
            .take(MOST_TIMES + 1)
            .collect();
        let more = due.len() > MOST_TIMES;
        due.truncate(MOST_TIMES);
        (due, more)
    }
}

/// What is done about the times that have come: those on time each have their run, those that were
/// missed have what the schedule says.
fn plan(due: &[Timestamp], now: Timestamp, missed: Missed, more: bool) -> Vec<Serving> {
    let late = |at: &Timestamp| now.as_millis() - at.as_millis() > MISSED_MS;
    let (gone, fresh) = due.split_at(due.partition_point(late));
    let serving = |at: Timestamp, what, before| Serving { at, what, before };
    let mut plan = Vec::new();
    if let Some(last) = gone.last() {
        match missed {
            // More is to come that is late as well: it decides.
            _ if more => plan.push(serving(*last, FiringOutcome::Missed, gone.len() - 1)),
            Missed::Skip => plan.push(serving(*last, FiringOutcome::Missed, gone.len() - 1)),
            Missed::Once => plan.push(serving(*last, FiringOutcome::Started, gone.len() - 1)),
            Missed::All => {
                let left_out = gone.len().saturating_sub(MOST_MISSED);
                for (index, at) in gone[left_out..].iter().enumerate() {
                    let before = if index == 0 { left_out } else { 0 };
                    plan.push(serving(*at, FiringOutcome::Started, before));
                }
            }
        }
    }
    plan.extend(
        fresh
            .iter()
            .map(|at| serving(*at, FiringOutcome::Started, 0)),
    );
    plan
}

impl Platform {
    /// Fires schedules until the house closes. A house that is opened for one command does not: it
    /// would be gone before its runs are over.
    pub fn start_schedules(&self) {
        let platform = self.clone();
        let stop = self.supervisor().stopping().clone();
        self.supervisor().spawn("schedules", async move {
            for tick in 0_u32.. {
                if !platform.supervisor().is_draining() {
                    platform.look_at_schedules(tick).await;
                    platform.look_at_sources().await;
                }
                if stop
                    .run_until_cancelled(tokio::time::sleep(TICK))
                    .await
                    .is_none()
                {
                    return;
                }
            }
        });
    }

    async fn look_at_schedules(&self, tick: u32) {
        let now = self.clock().now();
        if tick.is_multiple_of(FORGET_EVERY) {
            let before = now.plus_millis(-REMEMBERED_MS);
            if let Err(error) = self.store().forget_firings(before).await {
                tracing::warn!(?error, "forgetting old firings");
            }
        }
        let due = match self.store().due_schedules(now, AT_ONCE).await {
            Ok(due) => due,
            Err(error) => return tracing::warn!(?error, "looking for due schedules"),
        };
        // Side by side: many schedules name the same minute, and none is to wait for all others.
        let due = futures::stream::iter(due);
        due.for_each_concurrent(SIDE_BY_SIDE, |record| async move {
            if let Err(error) = self.serve(&record, now).await {
                let trigger = record.trigger.id;
                tracing::warn!(%trigger, ?error, "a schedule could not fire; it is tried again");
            }
        })
        .await;
    }

    /// Serves all times of a schedule that have come. Errors: what may go away by itself; the times
    /// that were not served are still due.
    async fn serve(&self, record: &TriggerRecord, now: Timestamp) -> Result<()> {
        let (TriggerSettings::Schedule(schedule), Some(mut expected)) =
            (&record.trigger.settings, record.next_at)
        else {
            return Ok(());
        };
        let times = Times::read(schedule)?;
        let (due, more) = times.due(expected, now);
        let plan = plan(&due, now, schedule.missed, more);
        for (index, serving) in plan.iter().enumerate() {
            if self.supervisor().is_draining() {
                return Ok(());
            }
            let next = match plan.get(index + 1) {
                // The times that the following one passes over go with it.
                Some(following) => Some(following.at),
                None => times.after(serving.at).next(),
            };
            let claim = Due {
                at: serving.at,
                expected,
                next,
                alone: schedule.overlap == Overlap::Skip,
            };
            if self.serve_one(record, &times, *serving, claim).await? == Fired::Taken {
                return Ok(());
            }
            let Some(next) = next else { return Ok(()) };
            expected = next;
        }
        Ok(())
    }

    async fn serve_one(
        &self,
        record: &TriggerRecord,
        times: &Times,
        serving: Serving,
        due: Due,
    ) -> Result<Fired> {
        let firing = NewFiring {
            due: Some(due),
            detail: told(serving),
            ..self.firing(record.trigger.id, serving.what)
        };
        let fired = match serving.what {
            FiringOutcome::Started => {
                let event = Event::schedule(times, due.at, serving.before);
                match self.fire_at(record, &event, firing.clone()).await {
                    Err(error) if is_lasting(error.code) => {
                        let refused = NewFiring {
                            outcome: FiringOutcome::Refused,
                            detail: error.message.to_string(),
                            ..firing
                        };
                        self.store()
                            .triggers(record.workspace)
                            .fire(refused)
                            .await?
                    }
                    fired => fired?,
                }
            }
            _ => self.store().triggers(record.workspace).fire(firing).await?,
        };
        // Those that started were counted with their run.
        if let Fired::New(outcome) = fired
            && outcome != FiringOutcome::Started
        {
            telemetry::firing(TriggerKind::Schedule, outcome);
        }
        Ok(fired)
    }

    async fn fire_at(
        &self,
        record: &TriggerRecord,
        event: &Event,
        firing: NewFiring,
    ) -> Result<Fired> {
        let revision = self.revision_for(record.workspace, &record.trigger).await?;
        let input = event::inputs(&record.trigger, &revision, event)?;
        let started = self.start_fired(record, &revision, input, firing).await?;
        Ok(match started {
            Ok(_) => Fired::New(FiringOutcome::Started),
            Err(fired) => fired,
        })
    }
}

/// Whether trying again at once would end the same.
fn is_lasting(code: Code) -> bool {
    matches!(
        code,
        Code::Invalid | Code::Conflict | Code::NotFound | Code::Forbidden | Code::TooLarge
    )
}

fn told(serving: Serving) -> String {
    let before = serving.before;
    match serving.what {
        FiringOutcome::Missed => format!("{} times were missed and are skipped", before + 1),
        _ if before > 0 => format!("{before} times before it were missed"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(cron: &str, zone: &str) -> Result<Times> {
        Times::read(&Schedule {
            cron: cron.to_owned(),
            time_zone: zone.to_owned(),
            missed: Missed::Skip,
            overlap: Overlap::Allow,
        })
    }

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(serde_json::Value::from(text)).unwrap()
    }

    fn local(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let times = times(cron, zone).unwrap();
        let found: Vec<Timestamp> = times.after(at(after)).take(count).collect();
        found.into_iter().map(|at| times.local(at).0).collect()
    }

    #[test]
    fn five_fields_are_minutes_and_six_are_seconds() {
        let five = local("30 7 * * 1-5", "UTC", "2026-11-20T07:30:00Z", 2);
        assert_eq!(
            five,
            ["2026-11-23T07:30:00+00:00", "2026-11-24T07:30:00+00:00"]
        );
        let six = local("*/20 * * * * *", "UTC", "2026-11-20T07:30:00.500Z", 2);
        assert_eq!(
            six,
            ["2026-11-20T07:30:20+00:00", "2026-11-20T07:30:40+00:00"]
        );
    }

    #[test]
    fn cron_has_names_last_days_and_either_of_two_days() {
        let days = |cron| -> Vec<String> {
            let found = local(cron, "UTC", "2026-11-10T00:00:00Z", 3);
            found.iter().map(|at| at[5..16].to_owned()).collect()
        };
        assert_eq!(
            days("@daily"),
            ["11-11T00:00", "11-12T00:00", "11-13T00:00"]
        );
        assert_eq!(
            days("0 6 L * *"),
            ["11-30T06:00", "12-31T06:00", "01-31T06:00"]
        );
        assert_eq!(
            days("0 6 * * mon#1"),
            ["12-07T06:00", "01-04T06:00", "02-01T06:00"]
        );
        // The fifteenth, or a Friday.
        assert_eq!(
            days("0 6 15 * fri"),
            ["11-13T06:00", "11-15T06:00", "11-20T06:00"]
        );
    }

    #[test]
    fn what_is_no_schedule_names_its_setting() {
        for (cron, zone, field) in [
            ("x", "UTC", "settings.cron"),
            ("* * * * * * 2030", "UTC", "settings.cron"),
            ("61 * * * *", "UTC", "settings.cron"),
            ("* * * * *", "Mars/Olympus", "settings.time_zone"),
        ] {
            let error = times(cron, zone).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{cron} {zone}");
        }
        let never = times("0 0 30 2 *", "UTC").unwrap();
        assert_eq!(never.after(at("2026-01-01T00:00:00Z")).next(), None);
    }

    #[test]
    fn a_time_in_the_gap_of_spring_comes_when_the_gap_is_over() {
        // On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00.
        let daily = local("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2);
        assert_eq!(
            daily,
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
        );
        // What comes every half hour has no times in the gap.
        let often = local("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3);
        assert_eq!(
            often,
            [
                "2026-03-29T01:30:00+01:00",
                "2026-03-29T03:00:00+02:00",
                "2026-03-29T03:30:00+02:00"
            ]
        );
    }

    #[test]
    fn a_time_in_the_repeated_hour_of_autumn_comes_once() {
        // On 25 October 2026 the clocks of Berlin go from 03:00 back to 02:00.
        let daily = local("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
        assert_eq!(
            daily,
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
        );
        // What comes every half hour comes in both.
        let often = local("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 5);
        assert_eq!(
            often,
            [
                "2026-10-25T02:00:00+02:00",
                "2026-10-25T02:30:00+02:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T02:30:00+01:00",
                "2026-10-25T03:00:00+01:00"
            ]
        );
    }

    #[test]
    fn missed_times_are_served_as_the_schedule_says() {
        let minutes = times("* * * * *", "UTC").unwrap();
        let now = at("2026-11-20T12:00:10Z");
        let (due, more) = minutes.due(at("2026-11-20T09:01:00Z"), now);
        assert_eq!((due.len(), more), (180, false));
        let shown = |missed| -> Vec<(FiringOutcome, usize)> {
            let plan = plan(&due, now, missed, more);
            plan.iter().map(|s| (s.what, s.before)).collect()
        };
        let started = FiringOutcome::Started;
        assert_eq!(
            shown(Missed::Skip),
            [(FiringOutcome::Missed, 178), (started, 0)]
        );
        assert_eq!(shown(Missed::Once), [(started, 178), (started, 0)]);
        let all = shown(Missed::All);
        assert_eq!(
            (all.len(), all[0], all[100]),
            (101, (started, 79), (started, 0))
        );
    }

    #[test]
    fn a_long_sleep_is_gone_through_in_bounded_looks() {
        let seconds = times("* * * * * *", "UTC").unwrap();
        let (first, now) = (at("2026-11-01T00:00:00Z"), at("2026-11-20T12:00:10Z"));
        let (due, more) = seconds.due(first, now);
        assert_eq!((due.len(), more), (MOST_TIMES, true));
        let plan = plan(&due, now, Missed::All, more);
        assert_eq!(plan.len(), 1);
        assert_eq!(plan[0].what, FiringOutcome::Missed);
    }
}
