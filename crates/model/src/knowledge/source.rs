//! Sources of a knowledge base: places outside whose documents are kept in step, and what came of
//! each look at them.

use serde::{Deserialize, Serialize};

use crate::id::{KnowledgeBaseId, SourceId, SyncId};
use crate::run::Failure;
use crate::{Error, Result, Timestamp};

/// The longest list of patterns or start pages.
const MOST_NAMED: usize = 50;
/// The longest pattern, address or path.
const LONGEST: usize = 2_000;
/// The most items of one source.
pub const MOST_ITEMS: u32 = 100_000;
/// The most pages of one website.
pub const MOST_PAGES: u32 = 20_000;
/// The most links between a start page and a page.
const DEEPEST: u32 = 20;

/// A place outside that a knowledge base is kept in step with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Source {
    pub id: SourceId,
    pub knowledge_base_id: KnowledgeBaseId,
    pub name: String,
    pub settings: SourceSettings,
    /// When it is looked at by itself; never when absent.
    pub schedule: Option<SyncSchedule>,
    /// Whether its schedule is suspended.
    pub paused: bool,
    /// When it is looked at next by itself.
    pub next_at: Option<Timestamp>,
    /// How many documents it has in the knowledge base.
    pub documents: u64,
    /// The latest sync, be it under way or over.
    pub last_sync: Option<SourceSync>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What kind of place it is, and what of it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceSettings {
    Website(Website),
    Feed(Feed),
    Folder(Folder),
    Bucket(Bucket),
}

/// Pages of the web: those that are named, those of a sitemap, and those they lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WebsiteSource)]
#[serde(deny_unknown_fields)]
pub struct Website {
    /// The pages to begin with.
    #[serde(default)]
    pub start: Vec<String>,
    /// A sitemap, an index of sitemaps, or either packed with gzip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sitemap: Option<String>,
    /// Only pages whose address begins so; the folder of each start page, and the folder of the sitemap,
    /// when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// How many links away from the pages to begin with (0 to 20): with 0 only those themselves. 2 when
    /// absent, 0 where there is a sitemap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u32>,
    /// The most addresses that one sync calls (1 to 20000); 500 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Only addresses whose path fits one of these patterns, in which `*` stands for any text; all when
    /// empty. Start pages are called in any case.
    #[serde(default)]
    pub include: Vec<String>,
    /// No addresses whose path fits one of these.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// An RSS or Atom feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FeedSource)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// The feed's address.
    pub url: String,
    /// What becomes a document: the page that an entry leads to, or what the entry itself says.
    #[serde(default)]
    pub take: FeedTake,
    /// The newest so many entries (1 to 1000); 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<u32>,
    /// Whether documents go when their entries have left the feed.
    #[serde(default)]
    pub forget: bool,
}

/// What of a feed's entry becomes a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedTake {
    /// The page that it leads to.
    #[default]
    Page,
    /// What the feed says of it.
    Entry,
}

/// A directory on the server, below one that the operator allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FolderSource)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// The whole path.
    pub path: String,
    /// Only files whose path below it fits one of these patterns, in which `*` stands for any text; all
    /// when empty.
    #[serde(default)]
    pub include: Vec<String>,
    /// No files whose path below it fits one of these.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// A bucket that speaks S3's protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = BucketSource)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    pub url: String,
    /// Where the protocol is spoken when that is not AWS, such as `https://minio.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// `us-east-1` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The name of the workspace's secret with the access key's id; a public bucket needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The name of the workspace's secret with the access key itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
    /// Only objects whose key below the prefix fits one of these patterns, in which `*` stands for any
    /// text; all when empty.
    #[serde(default)]
    pub include: Vec<String>,
    /// No objects whose key below the prefix fits one of these.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// When a source is looked at by itself: every so often, or when the clock says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncSchedule {
    /// A time between two syncs, such as `6h`; one minute to a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// A cron expression, as schedules of flows have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// An IANA name such as `Europe/London`, for `cron`; `UTC` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// One look at a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Sync)]
pub struct SourceSync {
    pub id: SyncId,
    pub source_id: SourceId,
    pub status: SyncStatus,
    /// Who asked for it: a caller, or `schedule`.
    pub by: String,
    pub counts: SyncCounts,
    /// The first hundred items that failed or were passed over, and why.
    pub problems: Vec<SyncProblem>,
    /// What was done otherwise than expected, such as why nothing was removed.
    pub notes: Vec<String>,
    /// Why it failed.
    pub error: Option<Failure>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// Where a sync stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    Queued,
    Running,
    /// It came to its end; single items may have failed.
    Succeeded,
    /// The source could not be looked at; nothing was removed.
    Failed,
    Cancelled,
}

/// How many items had which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SyncCounts {
    /// Known and not looked at yet.
    pub waiting: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub removed: u64,
    pub failed: u64,
    /// Forbidden by robots.txt.
    pub robots: u64,
    /// Passed over for another reason.
    pub skipped: u64,
}

/// An item that did not become a document, or did not become one anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SyncProblem {
    /// Its address, path or key.
    pub item: String,
    pub outcome: ItemOutcome,
    pub reason: String,
}

/// What a look at one item came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemOutcome {
    Added,
    Changed,
    Unchanged,
    /// Its document stays as it was, if it has one.
    Failed,
    /// Forbidden by robots.txt. Its document stays as it was, if it has one.
    Robots,
    /// Nothing to make a document of.
    Skipped,
    /// It leads to another address, which is looked at in its place.
    Moved,
    /// It says that it is there no longer, or that it is not to be found.
    Gone,
}

impl ItemOutcome {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Robots => "robots",
            Self::Skipped => "skipped",
            Self::Moved => "moved",
            Self::Gone => "gone",
        }
    }

    /// Whether its document goes, where it has one.
    pub const fn loses_document(self) -> bool {
        matches!(self, Self::Moved | Self::Gone | Self::Skipped)
    }
}

impl SourceSettings {
    /// The stable name of the kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Website(_) => "website",
            Self::Feed(_) => "feed",
            Self::Folder(_) => "folder",
            Self::Bucket(_) => "bucket",
        }
    }

    /// Refuses what no source can be; the error names the field.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Website(site) => site.check(),
            Self::Feed(feed) => {
                short("url", &feed.url)?;
                between("entries", feed.entries, 1, 1_000)
            }
            Self::Folder(folder) => {
                short("path", &folder.path)?;
                patterns(&folder.include, &folder.exclude)
            }
            Self::Bucket(bucket) => {
                short("url", &bucket.url)?;
                if bucket.access_key_id.is_some() != bucket.secret_access_key.is_some() {
                    return Err(Error::invalid(
                        "settings.secret_access_key",
                        "Name both access_key_id and secret_access_key, or neither.",
                    ));
                }
                patterns(&bucket.include, &bucket.exclude)
            }
        }
    }
}

impl Website {
    fn check(&self) -> Result<()> {
        if self.start.is_empty() && self.sitemap.is_none() {
            return Err(Error::invalid(
                "settings.start",
                "Name a page to begin with in settings.start, or a sitemap in settings.sitemap.",
            ));
        }
        if self.start.len() > MOST_NAMED {
            return Err(Error::invalid(
                "settings.start",
                format!("settings.start may name at most {MOST_NAMED} pages. Use a sitemap."),
            ));
        }
        for page in self.start.iter().chain(&self.sitemap).chain(&self.prefix) {
            short("start", page)?;
        }
        between("depth", self.depth, 0, DEEPEST)?;
        between("pages", self.pages, 1, MOST_PAGES)?;
        patterns(&self.include, &self.exclude)
    }

    /// How many links are followed.
    pub fn links(&self) -> u32 {
        self.depth.unwrap_or(match self.sitemap {
            Some(_) => 0,
            None => 2,
        })
    }

    /// The most addresses that are called.
    pub fn most(&self) -> u32 {
        self.pages.unwrap_or(500)
    }
}

fn short(field: &str, text: &str) -> Result<()> {
    if (1..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::invalid(
        format!("settings.{field}"),
        format!("settings.{field} must have 1 to {LONGEST} characters, all of them visible."),
    ))
}

fn between(field: &str, given: Option<u32>, least: u32, most: u32) -> Result<()> {
    if given.is_none_or(|given| (least..=most).contains(&given)) {
        return Ok(());
    }
    Err(Error::invalid(
        format!("settings.{field}"),
        format!("settings.{field} must be from {least} to {most}."),
    ))
}

fn patterns(include: &[String], exclude: &[String]) -> Result<()> {
    for (field, all) in [("include", include), ("exclude", exclude)] {
        if all.len() > MOST_NAMED {
            return Err(Error::invalid(
                format!("settings.{field}"),
                format!("settings.{field} may have at most {MOST_NAMED} patterns."),
            ));
        }
        for pattern in all {
            short(field, pattern)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn website(json: serde_json::Value) -> Result<Website> {
        let site: Website = serde_json::from_value(json).map_err(Error::internal)?;
        site.check().map(|()| site)
    }

    #[test]
    fn a_website_needs_somewhere_to_begin_and_keeps_within_bounds() {
        let field = |json| website(json).unwrap_err().field.unwrap().into_owned();
        assert_eq!(field(serde_json::json!({})), "settings.start");
        assert_eq!(
            field(serde_json::json!({ "start": ["https://x"], "depth": 21 })),
            "settings.depth"
        );
        assert_eq!(
            field(serde_json::json!({ "start": ["https://x"], "pages": 0 })),
            "settings.pages"
        );
        let plain = website(serde_json::json!({ "start": ["https://x"] })).unwrap();
        assert_eq!((plain.links(), plain.most()), (2, 500));
        let listed = website(serde_json::json!({ "sitemap": "https://x/sitemap.xml" })).unwrap();
        assert_eq!(listed.links(), 0);
    }

    #[test]
    fn a_bucket_has_both_halves_of_a_key_or_none() {
        let bucket: SourceSettings = serde_json::from_value(serde_json::json!(
            { "kind": "bucket", "url": "s3://docs", "access_key_id": "id" }
        ))
        .unwrap();
        assert!(bucket.check().is_err());
    }
}
