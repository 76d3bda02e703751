//! Feeds: what their entries say, or the pages they lead to.

use std::sync::Arc;

use headwater_knowledge::listing::{address, feed, page};
use headwater_model::knowledge::source::Feed;
use headwater_model::{Error, Result};
use headwater_store::sources::{NewItem, Stamp, SyncItem};
use serde::{Deserialize, Serialize};

use super::place::{Bytes, Content, Ground, Past, Sight, named, no_address, takes_entries};
use super::polite::content_type;
use super::website::WebsitePlace;

/// The most bytes of a feed.
const MOST_BYTES: usize = 20 * 1024 * 1024;
/// Entries that are taken when nobody says how many.
const ENTRIES: u32 = 100;

pub(crate) struct FeedPlace {
    ground: Arc<Ground>,
    feed: Feed,
    url: String,
    pages: WebsitePlace,
}

/// What a feed says of an entry, until it is looked at.
#[derive(Serialize, Deserialize)]
struct Said {
    title: Option<String>,
    link: Option<String>,
    html: String,
}

impl FeedPlace {
    pub(crate) fn new(feed: &Feed, past: Past, ground: &Arc<Ground>) -> Result<Self> {
        let url =
            address::normal(&feed.url).ok_or_else(|| no_address("settings.url", &feed.url))?;
        Ok(Self {
            url,
            feed: feed.clone(),
            pages: WebsitePlace::anywhere(past, ground),
            ground: ground.clone(),
        })
    }

    pub(crate) async fn list(&mut self) -> Result<Vec<NewItem>> {
        let answer = self.ground.calls.follow(&self.url, MOST_BYTES).await?;
        let (_, charset) = content_type(&answer);
        let entries = feed::read(&answer.body, &self.url, charset.as_deref())?;
        let most = self.feed.entries.unwrap_or(ENTRIES) as usize;
        let entries = entries.into_iter().take(most);
        if !takes_entries(self.feed.take) {
            let pages = entries.filter_map(|entry| {
                Some(NewItem {
                    address: entry.link?,
                    data: entry.title,
                    ..NewItem::default()
                })
            });
            return Ok(pages.collect());
        }
        let items = entries.map(|entry| {
            let said = Said {
                title: entry.title,
                link: entry.link,
                html: entry.html.unwrap_or_default(),
            };
            Ok(NewItem {
                address: entry.id.chars().take(1_000).collect(),
                data: Some(serde_json::to_string(&said).map_err(Error::internal)?),
                ..NewItem::default()
            })
        });
        items.collect()
    }

    pub(crate) async fn look(&mut self, item: &SyncItem) -> Result<Sight> {
        if !takes_entries(self.feed.take) {
            return self.pages.look(item).await;
        }
        let said = item.item.data.as_deref().unwrap_or_default();
        let said: Said = serde_json::from_str(said).map_err(Error::internal)?;
        if said.html.trim().is_empty() {
            return Ok(Sight::skipped(
                "The feed says nothing of this entry but its title. Take the pages instead.",
            ));
        }
        let title = said.title.as_deref();
        let content = Content {
            name: named(title.unwrap_or(&item.item.address)),
            media_type: "text/html".to_owned(),
            url: said.link.clone().unwrap_or_else(|| self.url.clone()),
            stamp: Stamp::default(),
            bytes: Bytes::Here(page::as_file(&said.html, title)),
        };
        Ok(content.sight(item))
    }
}
