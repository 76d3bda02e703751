//! Schedules under a clock that is set by hand.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use headwater_model::access::{Caller, Identity, Role};
use headwater_model::flow::FlowDocument;
use headwater_model::id::{TriggerId, UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::page::PageRequest;
use headwater_model::trigger::{Firing, FiringOutcome, TriggerSettings};
use headwater_model::{Clock, Timestamp};
use headwater_platform::triggers::NewTrigger;
use headwater_platform::{Platform, PlatformConfig, Supervisor};
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};
use serde_json::{Map, Value, json};

/// Stands still until it is set.
struct Hands(AtomicI64);

impl Hands {
    fn set(&self, to: &str) {
        self.0.store(at(to).as_millis(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn at(text: &str) -> Timestamp {
    serde_json::from_value(Value::from(text)).unwrap()
}

struct House {
    platform: Platform,
    store: Store,
    supervisor: Supervisor,
    clock: Arc<Hands>,
    caller: Caller,
}

impl House {
    async fn open(dir: &Path, now: &str) -> Self {
        let clock = Arc::new(Hands(AtomicI64::new(at(now).as_millis())));
        let config = StoreConfig {
            data_dir: dir.join("data"),
            url: None,
            max_connections: 4,
            secret_key: None,
            bucket: None,
        };
        let store = Store::open(&config, clock.clone()).await.unwrap();
        let workspace = Workspace {
            id: store.fresh(WorkspaceId::new),
            name: "Home".to_owned(),
            created_at: store.now(),
        };
        let owner = UserRecord {
            user: User {
                id: store.fresh(UserId::new),
                email: "ada@example.com".to_owned(),
                name: "Ada".to_owned(),
                created_at: store.now(),
            },
            password_hash: String::new(),
        };
        let caller = Caller {
            identity: Identity::Operator,
            workspace: workspace.id,
            role: Role::Owner,
            trace: None,
        };
        store.workspaces().set_up(workspace, owner).await.unwrap();
        let config = PlatformConfig::new("/bin/false".into(), dir.join("sandbox"));
        let supervisor = Supervisor::default();
        let platform = Platform::open(store.clone(), clock.clone(), config, supervisor.clone());
        let platform = platform.await.unwrap();
        platform.start_schedules();
        Self {
            platform,
            store,
            supervisor,
            clock,
            caller,
        }
    }

    async fn flow(&self) -> String {
        let document = FlowDocument::parse(
            "{ headwater: 1, name: Say, kind: task, inputs: [{ name: at, type: string, required: true }],
               nodes: [{ id: say, kind: answer, settings: { text: '{{ start.at }}' } }],
               edges: [{ from: start, to: say }] }",
        );
        let flow = self
            .platform
            .create_flow(&self.caller, document.unwrap(), true);
        flow.await.unwrap().slug
    }

    async fn schedule(&self, flow: &str, settings: Value) -> TriggerId {
        let settings: TriggerSettings = serde_json::from_value(settings).unwrap();
        let new = NewTrigger {
            flow: flow.to_owned(),
            name: "S".to_owned(),
            revision: None,
            input: Map::from_iter([(
                "at".to_owned(),
                Value::from("{{ schedule.local }} {{ schedule.missed }}"),
            )]),
            settings,
            enabled: true,
        };
        let made = self.platform.create_trigger(&self.caller, new);
        made.await.unwrap().trigger.id
    }

    /// Its firings, oldest first, when there are as many.
    async fn firings(&self, id: TriggerId, count: usize) -> Vec<Firing> {
        let page = PageRequest {
            limit: 200,
            after: None,
        };
        for _ in 0..400 {
            let found = self.platform.firings(&self.caller, id, &page);
            let mut found = found.await.unwrap().items;
            assert!(found.len() <= count, "{found:?}");
            if found.len() == count {
                found.sort_by_key(|firing| firing.due_at);
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{id} did not fire {count} times");
    }

    /// What a firing's run said.
    async fn said(&self, firing: &Firing) -> String {
        let run = firing.run_id.unwrap();
        for _ in 0..400 {
            let run = self.platform.run(&self.caller, run).await.unwrap();
            if run.status.is_terminal() {
                return run.reply;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{run} did not end");
    }

    async fn close(self) {
        assert!(self.supervisor.stop(Duration::from_secs(10)).await);
        self.store.close().await;
    }
}

fn due(firings: &[Firing]) -> Vec<String> {
    let due = firings.iter().map(|f| f.due_at.unwrap().to_string());
    due.map(|at| at[11..16].to_owned()).collect()
}

#[tokio::test]
async fn missed_times_are_made_up_for_as_the_schedule_says() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), "2026-11-20T11:30:00Z").await;
    let flow = house.flow().await;
    let hourly = |missed| json!({ "kind": "schedule", "cron": "0 * * * *", "missed": missed });
    let skip = house.schedule(&flow, hourly("skip")).await;
    let once = house.schedule(&flow, hourly("once")).await;
    let all = house.schedule(&flow, hourly("all")).await;
    // As if every server had slept from before noon until ten past four.
    house.clock.set("2026-11-20T16:10:00Z");
    let skipped = house.firings(skip, 1).await;
    assert_eq!(skipped[0].outcome, FiringOutcome::Missed);
    assert_eq!(skipped[0].detail, "5 times were missed and are skipped");
    assert_eq!(skipped[0].run_id, None);
    let stands = house.firings(once, 1).await;
    assert_eq!(due(&stands), ["16:00"]);
    assert_eq!(house.said(&stands[0]).await, "2026-11-20T16:00:00+00:00 4");
    let made_up = house.firings(all, 5).await;
    let hours = ["12:00", "13:00", "14:00", "15:00", "16:00"];
    assert_eq!(due(&made_up), hours);
    for firing in &made_up {
        assert_eq!(firing.outcome, FiringOutcome::Started);
        assert!(house.said(firing).await.ends_with(" 0"));
    }
    // Then all of them go on as if nothing had been.
    house.clock.set("2026-11-20T17:00:02Z");
    for (id, count) in [(skip, 2), (once, 2), (all, 6)] {
        let firings = house.firings(id, count).await;
        let last = firings.last().unwrap();
        assert_eq!(last.outcome, FiringOutcome::Started);
        assert_eq!(due(std::slice::from_ref(last)), ["17:00"]);
    }
    house.close().await;
}

#[tokio::test]
async fn a_daily_schedule_keeps_its_hour_when_the_clocks_change() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), "2026-10-24T12:00:00Z").await;
    let flow = house.flow().await;
    let settings =
        json!({ "kind": "schedule", "cron": "30 2 * * *", "time_zone": "Europe/Berlin" });
    let id = house.schedule(&flow, settings).await;
    let days = [
        ("2026-10-25T00:30:01Z", "2026-10-25T02:30:00+02:00 0"),
        ("2026-10-26T01:30:01Z", "2026-10-26T02:30:00+01:00 0"),
    ];
    for (index, (now, said)) in days.into_iter().enumerate() {
        house.clock.set(now);
        let firings = house.firings(id, index + 1).await;
        assert_eq!(house.said(firings.last().unwrap()).await, said);
        // The hour that comes twice has had its turn.
        if index == 0 {
            house.clock.set("2026-10-25T01:30:01Z");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn a_schedule_that_is_switched_on_again_makes_up_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), "2026-11-20T11:30:00Z").await;
    let flow = house.flow().await;
    let hourly = json!({ "kind": "schedule", "cron": "0 * * * *", "missed": "all" });
    let id = house.schedule(&flow, hourly).await;
    let switch = |enabled| headwater_platform::triggers::TriggerChange {
        enabled: Some(enabled),
        ..Default::default()
    };
    let change = house
        .platform
        .update_trigger(&house.caller, id, switch(false));
    change.await.unwrap();
    house.clock.set("2026-11-20T15:30:00Z");
    let change = house
        .platform
        .update_trigger(&house.caller, id, switch(true));
    let next = change.await.unwrap().trigger.next;
    assert_eq!(next[0], at("2026-11-20T16:00:00Z"));
    house.clock.set("2026-11-20T16:00:01Z");
    let fired = house.firings(id, 1).await;
    assert_eq!(due(&fired), ["16:00"]);
    // What is forgotten is what is older than it is asked.
    let forgotten = house.store.forget_firings(fired[0].at).await.unwrap();
    assert_eq!((forgotten, house.firings(id, 1).await.len()), (0, 1));
    let later = fired[0].at.plus_millis(1);
    assert_eq!(house.store.forget_firings(later).await.unwrap(), 1);
    house.firings(id, 0).await;
    house.close().await;
}
