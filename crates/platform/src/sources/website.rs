//! Pages of the web: from start pages and sitemaps along their links, within a prefix.

use std::sync::Arc;

use headwater_knowledge::listing::address::{self, Within};
use headwater_knowledge::listing::page::{self, Page};
use headwater_knowledge::listing::sitemap::{self, Sitemap};
use headwater_knowledge::listing::{pattern, text};
use headwater_knowledge::parse;
use headwater_model::knowledge::source::{ItemOutcome, Website};
use headwater_model::ports::{FetchRequest, FetchResponse};
use headwater_model::{Code, Error, Result};
use headwater_store::sources::{NewItem, Stamp, SyncItem};

use super::place::{Bytes, Content, Ground, Past, Sight, What, named, no_address};
use super::polite::{Allowed, May, content_type, get, header, refused};

/// The most sitemaps of an index.
const MOST_SITEMAPS: usize = 200;
/// How many addresses may lead to a page one after the other.
const MOST_HOPS: u32 = 5;
/// The longest tag of a version that is kept.
const LONGEST_TAG: usize = 500;

/// A website, or the pages of a feed.
pub(crate) struct WebsitePlace {
    ground: Arc<Ground>,
    past: Past,
    start: Vec<String>,
    sitemap: Option<String>,
    /// Everywhere when absent.
    within: Option<Within>,
    depth: u32,
    most: u32,
    include: Vec<String>,
    exclude: Vec<String>,
    allowed: Allowed,
}

impl WebsitePlace {
    pub(crate) fn new(site: &Website, past: Past, ground: &Arc<Ground>) -> Result<Self> {
        let one = |field, address: &String| {
            address::normal(address).ok_or_else(|| no_address(field, address))
        };
        let start: Vec<String> = site
            .start
            .iter()
            .map(|address| one("settings.start", address))
            .collect::<Result<_>>()?;
        let sitemap = site.sitemap.as_ref();
        let sitemap = sitemap
            .map(|address| one("settings.sitemap", address))
            .transpose()?;
        let prefixes: Vec<String> = match &site.prefix {
            Some(prefix) => vec![one("settings.prefix", prefix)?],
            None => start
                .iter()
                .chain(&sitemap)
                .filter_map(|address| address::folder(address))
                .collect(),
        };
        Ok(Self {
            within: Some(Within::below(&prefixes)),
            depth: site.links(),
            most: site.most(),
            include: site.include.clone(),
            exclude: site.exclude.clone(),
            start,
            sitemap,
            ..Self::anywhere(past, ground)
        })
    }

    /// Pages wherever they are, without those that they lead to.
    pub(crate) fn anywhere(past: Past, ground: &Arc<Ground>) -> Self {
        Self {
            ground: ground.clone(),
            past,
            start: Vec::new(),
            sitemap: None,
            within: None,
            depth: 0,
            most: u32::MAX,
            include: Vec::new(),
            exclude: Vec::new(),
            allowed: Allowed::default(),
        }
    }

    pub(crate) fn most(&self) -> u32 {
        self.most
    }

    pub(crate) fn follows(&self) -> bool {
        self.depth > 0
    }

    pub(crate) async fn list(&mut self) -> Result<Vec<NewItem>> {
        let mut items: Vec<NewItem> = self.start.iter().map(|start| begin(start)).collect();
        let Some(first) = self.sitemap.clone() else {
            return Ok(items);
        };
        let (mut maps, mut at) = (vec![first], 0);
        while let Some(map) = maps.get(at).cloned() {
            at += 1;
            let calls = &self.ground.calls;
            match calls.may_call(&mut self.allowed, &map).await {
                May::Unknown(error) => return Err(error),
                May::Not => {
                    return Err(Error::invalid(
                        "settings.sitemap",
                        format!("The site's robots.txt forbids to call {map}."),
                    ));
                }
                May::Call { .. } => {}
            }
            let answer = calls.follow(&map, sitemap::MOST_BYTES).await?;
            match sitemap::read(&answer.body, &map)? {
                Sitemap::Pages(pages) => {
                    let pages = pages.into_iter().filter(|page| self.wants(page));
                    items.extend(pages.map(|page| begin(&page)));
                }
                Sitemap::Sitemaps(more) => {
                    for map in more {
                        if !maps.contains(&map) && maps.len() < MOST_SITEMAPS {
                            maps.push(map);
                        }
                    }
                }
            }
        }
        Ok(items)
    }

    /// Whether an address is within what was asked for.
    fn wants(&self, at: &str) -> bool {
        let within = self.within.as_ref().is_none_or(|within| within.holds(at));
        within
            && address::may_have_text(at)
            && pattern::wanted(&self.include, &self.exclude, &address::path(at))
    }

    /// Where a page leads, as far as that is asked for.
    fn onward(&self, item: &NewItem, links: &[String]) -> Vec<NewItem> {
        if item.depth >= self.depth {
            return Vec::new();
        }
        let links = links.iter().filter(|link| self.wants(link));
        links
            .map(|link| NewItem {
                depth: item.depth + 1,
                ..begin(link)
            })
            .collect()
    }

    /// Where a page leads, as far as is known from before.
    pub(crate) fn known_onward(&self, item: &SyncItem) -> Vec<NewItem> {
        let known = item.known.as_ref();
        known.map_or_else(Vec::new, |known| {
            self.onward(&item.item, &known.stamp.links)
        })
    }

    pub(crate) async fn look(&mut self, item: &SyncItem) -> Result<Sight> {
        let at = &item.item.address;
        let known = item.known.as_ref().map(|known| &known.stamp);
        let onward = self.known_onward(item);
        let calls = &self.ground.calls;
        let pause_ms = match calls.may_call(&mut self.allowed, at).await {
            May::Call { pause_ms } => pause_ms,
            May::Not => {
                let sight = Sight::not(ItemOutcome::Robots, "The site's robots.txt forbids it.");
                return Ok(sight.leading_to(onward));
            }
            May::Unknown(error) => return Err(error),
        };
        let most = usize::try_from(self.ground.most_bytes).unwrap_or(usize::MAX);
        let request = FetchRequest {
            headers: conditions(known),
            ..get(at, most)
        };
        let answer = calls
            .call(request, pause_ms)
            .await
            .map_err(|error| match error.code {
                Code::TooLarge => Error::new(
                    Code::TooLarge,
                    format!("It has more than {most} bytes, the most one document may have."),
                ),
                _ => error,
            })?;
        match answer.status {
            200..300 => self.read(item, &answer).await,
            304 if item.known.is_some() => Ok(Sight {
                what: What::Same(known.cloned().unwrap_or_default()),
                found: onward,
            }),
            300..400 => self.moved(item, header(&answer, "location")),
            404 | 410 => Ok(match (item.known.is_some(), item.item.depth) {
                (true, _) => {
                    Sight::not(ItemOutcome::Gone, format!("It answers {}.", answer.status))
                }
                (_, 0) => return Err(refused(at, answer.status)),
                _ => Sight::skipped(format!("It answers {}.", answer.status)),
            }),
            status => Err(refused(at, status)),
        }
    }

    /// What is at the other end of a redirect is looked at by itself, with all rules.
    fn moved(&self, item: &SyncItem, location: Option<&str>) -> Result<Sight> {
        let from = &item.item;
        let wrong = |what: String| Error::invalid("settings", what);
        let to = location.and_then(|to| address::join(&from.address, to));
        let Some(to) = to else {
            return Err(wrong(
                "It leads to something that is no address.".to_owned(),
            ));
        };
        if to == from.address || from.hops >= MOST_HOPS {
            return Err(wrong(format!(
                "It leads in a circle, or on more than {MOST_HOPS} times."
            )));
        }
        if self
            .within
            .as_ref()
            .is_some_and(|within| !within.holds(&to))
        {
            let reason = format!("It leads to {to}, which is outside of what was asked for.");
            return match from.depth {
                0 => Err(wrong(reason)),
                _ => Ok(Sight::skipped(reason)),
            };
        }
        let next = NewItem {
            address: to.clone(),
            hops: from.hops + 1,
            data: from.data.clone(),
            ..from.clone()
        };
        Ok(Sight::not(ItemOutcome::Moved, to).leading_to(vec![next]))
    }

    async fn read(&self, item: &SyncItem, answer: &FetchResponse) -> Result<Sight> {
        let at = &item.item.address;
        let (media_type, charset) = content_type(answer);
        let name = named(&address::last_part(at));
        let head = &answer.body[..answer.body.len().min(4096)];
        let mut stamp = Stamp {
            etag: tag(header(answer, "etag")),
            modified: tag(header(answer, "last-modified")),
            ..Stamp::default()
        };
        let is_page = matches!(media_type.as_str(), "text/html" | "application/xhtml+xml")
            || parse::detect(head, &name, &media_type)
                .is_ok_and(|format| format == parse::Format::Html);
        if !is_page {
            let content = Content {
                name,
                media_type,
                url: at.clone(),
                stamp,
                bytes: Bytes::Here(answer.body.clone()),
            };
            return Ok(content.sight(item));
        }
        let html = text(&answer.body, charset.as_deref())
            .map_err(|error| Error::invalid("settings", error.message))?;
        let robots = header(answer, "x-robots-tag").unwrap_or_default();
        let page = page::read(&html, at, robots);
        let onward = self.onward(&item.item, &page.links);
        if let Some(other) = self.other(item, &page).await? {
            let mut found = vec![other.clone()];
            found.extend(onward);
            return Ok(Sight::not(ItemOutcome::Moved, other.address).leading_to(found));
        }
        if page.hidden {
            let outcome = match item.known {
                Some(_) => ItemOutcome::Gone,
                None => ItemOutcome::Skipped,
            };
            return Ok(Sight::not(outcome, "It asks not to be found.").leading_to(onward));
        }
        if self.depth > 0 {
            stamp.links = page.links;
        }
        let title = page.title.as_deref().or(item.item.data.as_deref());
        let content = Content {
            name: title.map_or(name, named),
            media_type: "text/html".to_owned(),
            url: at.clone(),
            stamp,
            bytes: Bytes::Here(page::as_file(&html, title)),
        };
        Ok(content.sight(item).leading_to(onward))
    }

    /// The address that a page says is its own, when that is another one within what was asked for,
    /// and does not lead back.
    async fn other(&self, item: &SyncItem, page: &Page) -> Result<Option<NewItem>> {
        let Some(canonical) = page.canonical.clone() else {
            return Ok(None);
        };
        let same = canonical == item.item.address || item.item.canonical;
        let within = self.within.as_ref();
        let within = within.is_none_or(|within| within.holds(&canonical));
        if same || !within || self.past.has_moved(&canonical).await? {
            return Ok(None);
        }
        Ok(Some(NewItem {
            address: canonical,
            canonical: true,
            ..item.item.clone()
        }))
    }
}

fn begin(address: &str) -> NewItem {
    NewItem {
        address: address.to_owned(),
        ..NewItem::default()
    }
}

fn tag(value: Option<&str>) -> Option<String> {
    let fits = |value: &&str| !value.is_empty() && value.len() <= LONGEST_TAG;
    value.filter(fits).map(str::to_owned)
}

/// Only what changed is sent again.
fn conditions(known: Option<&Stamp>) -> Vec<(String, String)> {
    let Some(known) = known else {
        return Vec::new();
    };
    let etag = known
        .etag
        .clone()
        .map(|tag| ("if-none-match".to_owned(), tag));
    let modified = known.modified.clone();
    let modified = modified.map(|at| ("if-modified-since".to_owned(), at));
    etag.into_iter().chain(modified).collect()
}
