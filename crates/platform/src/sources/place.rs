//! What every kind of source is to whoever syncs it: a list of items to begin with, and a look at each.

use std::path::PathBuf;
use std::sync::Arc;

use headwater_knowledge::parse;
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::source::{
    FeedTake, ItemOutcome, MOST_ITEMS, Source, SourceSettings,
};
use headwater_model::ports::Secrets;
use headwater_model::{Code, Error, Result};
use headwater_store::Store;
use headwater_store::sources::{NewItem, Stamp, SyncItem, SyncState};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use super::bucket::BucketPlace;
use super::feed::FeedPlace;
use super::folder::FolderPlace;
use super::polite::Polite;
use super::website::WebsitePlace;
use crate::knowledge::Incoming;

/// The longest name of a document.
const LONGEST_NAME: usize = 200;

/// What looking at sources needs.
pub(crate) struct Ground {
    pub(crate) calls: Polite,
    pub(crate) secrets: Arc<dyn Secrets>,
    /// Below these, folders may be.
    pub(crate) folders: Vec<PathBuf>,
    /// The most bytes of one item.
    pub(crate) most_bytes: u64,
}

/// What this sync found so far.
pub(crate) struct Past {
    pub(crate) store: Store,
    pub(crate) workspace: WorkspaceId,
    pub(crate) state: SyncState,
}

impl Past {
    /// Whether an address was found to lead to another one.
    pub(crate) async fn has_moved(&self, address: &str) -> Result<bool> {
        let sources = self.store.sources(self.workspace);
        sources.has_moved(&self.state, address).await
    }
}

/// What a look at an item shows.
#[derive(Debug)]
pub(crate) struct Sight {
    pub(crate) what: What,
    /// Where it leads.
    pub(crate) found: Vec<NewItem>,
}

#[derive(Debug)]
pub(crate) enum What {
    /// It is as it was.
    Same(Stamp),
    New(Box<Content>),
    Not(ItemOutcome, String),
}

/// What is to be a document.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) media_type: String,
    /// Where people open it.
    pub(crate) url: String,
    /// All but the hash.
    pub(crate) stamp: Stamp,
    pub(crate) bytes: Bytes,
}

#[derive(Debug)]
pub(crate) enum Bytes {
    Here(Vec<u8>),
    File(tokio::fs::File),
}

impl Sight {
    pub(crate) fn not(outcome: ItemOutcome, reason: impl Into<String>) -> Self {
        Self {
            what: What::Not(outcome, reason.into()),
            found: Vec::new(),
        }
    }

    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self::not(ItemOutcome::Skipped, reason)
    }

    pub(crate) fn leading_to(mut self, found: Vec<NewItem>) -> Self {
        self.found = found;
        self
    }
}

impl Content {
    /// As it is kept, unless it is the same as before or nothing that is read.
    pub(crate) fn sight(mut self, item: &SyncItem) -> Sight {
        if let Bytes::Here(bytes) = &self.bytes {
            let head = &bytes[..bytes.len().min(4096)];
            match parse::detect(head, &self.name, &self.media_type) {
                Ok(parse::Format::Image) => return Sight::skipped("It is a picture."),
                Err(error) => return Sight::skipped(error.message.into_owned()),
                Ok(_) => {}
            }
            self.stamp.hash = hashed(bytes);
            if item
                .known
                .as_ref()
                .is_some_and(|known| known.stamp.hash == self.stamp.hash)
            {
                return Sight {
                    what: What::Same(self.stamp),
                    found: Vec::new(),
                };
            }
        }
        Sight {
            what: What::New(Box::new(self)),
            found: Vec::new(),
        }
    }
}

impl Bytes {
    /// Appends all of them to a document on its way in; gives their hash.
    pub(crate) async fn into_incoming(self, incoming: &mut Incoming) -> Result<String> {
        let mut file = match self {
            Self::Here(bytes) => {
                incoming.write(&bytes).await?;
                return Ok(hashed(&bytes));
            }
            Self::File(file) => file,
        };
        let mut hash = Sha256::new();
        let mut piece = vec![0; 64 * 1024];
        loop {
            let read = file.read(&mut piece).await.map_err(|error| {
                Error::new(Code::Invalid, format!("It could not be read: {error}."))
            })?;
            if read == 0 {
                return Ok(hex::encode(hash.finalize()));
            }
            hash.update(&piece[..read]);
            incoming.write(&piece[..read]).await?;
        }
    }
}

/// The name of bytes by their content.
fn hashed(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A title as the name of a document.
pub(crate) fn named(title: &str) -> String {
    let plain = |c: char| match c {
        '/' | '\\' => '-',
        c if c.is_control() => ' ',
        c => c,
    };
    let name: String = title.chars().map(plain).collect();
    let words: Vec<&str> = name.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    if name.is_empty() {
        return "untitled".to_owned();
    }
    name
}

/// A source, opened to be looked at.
pub(crate) enum Place {
    Website(WebsitePlace),
    Feed(FeedPlace),
    Folder(FolderPlace),
    Bucket(BucketPlace),
}

impl Place {
    pub(crate) async fn open(source: &Source, past: Past, ground: &Arc<Ground>) -> Result<Self> {
        Ok(match &source.settings {
            SourceSettings::Website(site) => Self::Website(WebsitePlace::new(site, past, ground)?),
            SourceSettings::Feed(feed) => Self::Feed(FeedPlace::new(feed, past, ground)?),
            SourceSettings::Folder(folder) => {
                Self::Folder(FolderPlace::open(folder, &ground.folders).await?)
            }
            SourceSettings::Bucket(bucket) => {
                Self::Bucket(BucketPlace::open(bucket, past.workspace, ground).await?)
            }
        })
    }

    /// What there is to begin with. Errors: whatever keeps it from being listed whole.
    pub(crate) async fn list(&mut self) -> Result<Vec<NewItem>> {
        match self {
            Self::Website(site) => site.list().await,
            Self::Feed(feed) => feed.list().await,
            Self::Folder(folder) => folder.list().await,
            Self::Bucket(bucket) => bucket.list().await,
        }
    }

    /// Looks at an item. Errors: whatever kept it from being looked at.
    pub(crate) async fn look(&mut self, item: &SyncItem) -> Result<Sight> {
        match self {
            Self::Website(site) => site.look(item).await,
            Self::Feed(feed) => feed.look(item).await,
            Self::Folder(folder) => folder.look(item).await,
            Self::Bucket(bucket) => bucket.look(item).await,
        }
    }

    /// Where an item leads, as far as is known from before.
    pub(crate) fn onward(&self, item: &SyncItem) -> Vec<NewItem> {
        match self {
            Self::Website(site) => site.known_onward(item),
            _ => Vec::new(),
        }
    }

    /// The most items of one sync.
    pub(crate) fn most(&self) -> u32 {
        match self {
            Self::Website(site) => site.most(),
            _ => MOST_ITEMS,
        }
    }

    /// Whether an item that nothing leads to has gone, when so many could not be looked at.
    pub(crate) fn lists_all(&self, unseen: u64) -> bool {
        match self {
            Self::Website(site) => unseen == 0 || !site.follows(),
            Self::Feed(_) | Self::Folder(_) | Self::Bucket(_) => true,
        }
    }

    /// Whether an item that nothing leads to any more has gone at all: feeds show their newest entries
    /// only.
    pub(crate) fn forgets(source: &Source) -> bool {
        match &source.settings {
            SourceSettings::Feed(feed) => feed.forget,
            _ => true,
        }
    }
}

/// Whether a feed's own words become documents.
pub(crate) fn takes_entries(take: FeedTake) -> bool {
    take == FeedTake::Entry
}

/// An error about an address that people wrote.
pub(crate) fn no_address(field: &'static str, address: &str) -> Error {
    let shown: String = address.chars().take(200).collect();
    Error::invalid(
        field,
        format!(
            "“{shown}” is no address that can be called. Write one such as https://example.com/docs/, without user name and password."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_on_one_line() {
        assert_eq!(
            named(" Input/Output\n  and \u{7} more "),
            "Input-Output and more"
        );
        assert_eq!(named("\n"), "untitled");
        assert_eq!(named(&"x".repeat(500)).len(), LONGEST_NAME);
    }
}
