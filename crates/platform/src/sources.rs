//! Sources of knowledge bases: kept and changed here, looked at by jobs.

mod bucket;
pub mod events;
mod feed;
mod folder;
pub(crate) mod place;
pub(crate) mod polite;
mod sign;
mod website;
mod when;

use headwater_knowledge::listing::address;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::SourceId;
use headwater_model::knowledge::source::{
    Source, SourceSettings, SourceSync, SyncSchedule, Website,
};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use headwater_store::queue::Lane;
use headwater_store::sources::NewSource as Row;

use crate::Platform;
use place::no_address;

const LONGEST_NAME: usize = 200;

/// A source asked for.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// Made of the settings when absent.
    pub name: Option<String>,
    pub settings: SourceSettings,
    pub schedule: Option<SyncSchedule>,
    /// Whether it is only kept, and neither looked at now nor by itself.
    pub paused: bool,
}

/// What of a source is to change.
#[derive(Clone, Debug, Default)]
pub struct SourceChange {
    pub name: Option<String>,
    /// Of the same kind as before.
    pub settings: Option<SourceSettings>,
    /// Within: the new schedule, or none.
    pub schedule: Option<Option<SyncSchedule>>,
    pub paused: Option<bool>,
}

impl Platform {
    /// A knowledge base's sources, oldest first.
    pub async fn sources(
        &self,
        caller: &Caller,
        base: &str,
        page: &PageRequest,
    ) -> Result<Page<Source>> {
        let base = self.knowledge_base(caller, base).await?.id;
        self.store()
            .sources(caller.workspace)
            .list(base, page)
            .await
    }

    /// A source.
    pub async fn source(&self, caller: &Caller, base: &str, id: SourceId) -> Result<Source> {
        let base = self.knowledge_base(caller, base).await?.id;
        self.store().sources(caller.workspace).get(base, id).await
    }

    /// What came of a source's syncs, newest first.
    pub async fn source_syncs(
        &self,
        caller: &Caller,
        base: &str,
        id: SourceId,
        page: &PageRequest,
    ) -> Result<Page<SourceSync>> {
        self.source(caller, base, id).await?;
        self.store().sources(caller.workspace).syncs(id, page).await
    }

    /// Keeps a new source, and looks at it for the first time unless it is paused.
    pub async fn create_source(
        &self,
        caller: &Caller,
        base: &str,
        new: NewSource,
    ) -> Result<Source> {
        caller.require(Permission::KnowledgeWrite)?;
        let base = self.store().knowledge(caller.workspace).get(base).await?.id;
        self.check_source(&new.settings).await?;
        let now = self.clock().now();
        let next = new.schedule.as_ref();
        let next = next.map(|schedule| when::next(schedule, now)).transpose()?;
        let row = Row {
            name: checked_name(&new.name.unwrap_or_else(|| default_name(&new.settings)))?,
            settings: new.settings,
            schedule: new.schedule,
            paused: new.paused,
            next_at: next.filter(|_| !new.paused),
        };
        let sources = self.store().sources(caller.workspace);
        let id = sources.create(base, row, &caller.label()).await?;
        if !new.paused {
            sources.start(id, &caller.label(), false).await?;
            self.inner.knowledge.wakes.one(Lane::Syncs);
        }
        sources.get(base, id).await
    }

    /// Changes a source. The next sync does as it says.
    pub async fn update_source(
        &self,
        caller: &Caller,
        base: &str,
        id: SourceId,
        change: SourceChange,
    ) -> Result<Source> {
        caller.require(Permission::KnowledgeWrite)?;
        let base = self.store().knowledge(caller.workspace).get(base).await?.id;
        let sources = self.store().sources(caller.workspace);
        let mut source = sources.get(base, id).await?;
        let before = source.clone();
        if let Some(settings) = change.settings {
            if settings.kind() != source.settings.kind() {
                return Err(Error::invalid(
                    "settings.kind",
                    "A source keeps its kind. Make another source instead.",
                ));
            }
            self.check_source(&settings).await?;
            source.settings = settings;
        }
        if let Some(name) = change.name {
            source.name = checked_name(&name)?;
        }
        source.schedule = change.schedule.unwrap_or(source.schedule);
        source.paused = change.paused.unwrap_or(source.paused);
        let now = self.clock().now();
        // Two changes in one millisecond are still two.
        source.updated_at = now.max(before.updated_at.plus_millis(1));
        let next = source.schedule.as_ref();
        let next = next.map(|schedule| when::next(schedule, now)).transpose()?;
        if before.schedule != source.schedule || before.paused != source.paused {
            source.next_at = next.filter(|_| !source.paused);
        }
        let by = caller.label();
        let afresh = before.settings != source.settings;
        sources
            .update(&source, (before.updated_at, afresh), &by)
            .await?;
        sources.get(base, id).await
    }

    /// Removes a source: with its documents, or leaving them to the knowledge base.
    pub async fn delete_source(
        &self,
        caller: &Caller,
        base: &str,
        id: SourceId,
        keep_documents: bool,
    ) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        let base = self.store().knowledge(caller.workspace).get(base).await?.id;
        let sources = self.store().sources(caller.workspace);
        let source = sources.get(base, id).await?;
        let by = caller.label();
        if !keep_documents {
            // Nothing is to come while the rest goes.
            let under_way = source
                .last_sync
                .is_some_and(|sync| sync.finished_at.is_none());
            if under_way && let Err(error) = sources.cancel(id, &by).await {
                tracing::debug!(source = %id, ?error, "its sync came to its end by itself");
            }
            loop {
                let gone = sources.remove_documents(base, id, &by).await?;
                if gone.is_empty() {
                    break;
                }
                for object in gone {
                    self.discard_object(caller.workspace, object).await;
                }
            }
            self.level(caller.workspace, base).await;
        }
        sources.delete(id, &by).await?;
        self.inner.knowledge.recall();
        Ok(())
    }

    /// Looks at a source now. `remove_many` lets more than half of its documents go.
    pub async fn sync_source(
        &self,
        caller: &Caller,
        base: &str,
        id: SourceId,
        remove_many: bool,
    ) -> Result<Source> {
        caller.require(Permission::KnowledgeWrite)?;
        let base = self.store().knowledge(caller.workspace).get(base).await?.id;
        let sources = self.store().sources(caller.workspace);
        sources.get(base, id).await?;
        sources.start(id, &caller.label(), remove_many).await?;
        self.inner.knowledge.wakes.one(Lane::Syncs);
        sources.get(base, id).await
    }

    /// Ends the sync of a source that is under way. What it did stays done.
    pub async fn cancel_sync(&self, caller: &Caller, base: &str, id: SourceId) -> Result<Source> {
        caller.require(Permission::KnowledgeWrite)?;
        let base = self.store().knowledge(caller.workspace).get(base).await?.id;
        let sources = self.store().sources(caller.workspace);
        sources.get(base, id).await?;
        sources.cancel(id, &caller.label()).await?;
        self.inner.knowledge.recall();
        sources.get(base, id).await
    }

    /// Refuses what could never be looked at; the error names the setting.
    async fn check_source(&self, settings: &SourceSettings) -> Result<()> {
        settings.check()?;
        match settings {
            SourceSettings::Website(site) => {
                addresses("settings.start", site.start.iter())?;
                addresses("settings.sitemap", site.sitemap.iter())?;
                addresses("settings.prefix", site.prefix.iter())
            }
            SourceSettings::Feed(feed) => addresses("settings.url", std::iter::once(&feed.url)),
            SourceSettings::Folder(folder) => {
                let allowed = &self.config().sources.folders;
                folder::check(folder, allowed).await.map(drop)
            }
            SourceSettings::Bucket(bucket) => bucket::place(bucket).map(drop),
        }
    }

    /// Begins the syncs whose time has come. Of several servers one begins each.
    pub(crate) async fn look_at_sources(&self) {
        const AT_ONCE: u32 = 100;
        let now = self.clock().now();
        let due = match self.store().due_sources(now, AT_ONCE).await {
            Ok(due) => due,
            Err(error) => return tracing::warn!(?error, "looking for sources that are due"),
        };
        for due in due {
            // A schedule that never comes again is not looked at again.
            let next = when::next(&due.schedule, now).ok();
            let sources = self.store().sources(due.workspace);
            match sources.start_due(&due, next).await {
                Ok(true) => self.inner.knowledge.wakes.one(Lane::Syncs),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(source = %due.id, ?error, "a sync could not begin; it is tried again");
                }
            }
        }
    }
}

fn addresses<'a>(field: &'static str, all: impl Iterator<Item = &'a String>) -> Result<()> {
    for given in all {
        if address::normal(given).is_none() {
            return Err(no_address(field, given));
        }
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Error::invalid(
        "name",
        format!("name must have 1 to {LONGEST_NAME} characters, all of them visible."),
    ))
}

/// What a source is called that nobody named.
fn default_name(settings: &SourceSettings) -> String {
    let name = match settings {
        SourceSettings::Website(Website { start, sitemap, .. }) => {
            let first = start.first().or(sitemap.as_ref());
            first.map(String::as_str).unwrap_or_default()
        }
        SourceSettings::Feed(feed) => &feed.url,
        SourceSettings::Folder(folder) => &folder.path,
        SourceSettings::Bucket(bucket) => &bucket.url,
    };
    let name = name.split(['?', '#']).next().unwrap_or_default();
    name.chars().take(LONGEST_NAME).collect()
}
