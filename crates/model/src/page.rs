//! Keyset pages: a limit, where to continue, and what came back.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most items one page may hold.
pub const MAX_LIMIT: u32 = 200;

/// What part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    pub limit: u32,
    /// The cursor given as `next` by the page before.
    pub after: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            limit: 50,
            after: None,
        }
    }
}

impl PageRequest {
    /// Checks the limit (1 to 200, 50 when absent).
    pub fn new(limit: Option<u32>, after: Option<String>) -> Result<Self> {
        let limit = limit.unwrap_or(50);
        if limit == 0 || limit > MAX_LIMIT {
            return Err(Error::invalid(
                "limit",
                format!("limit must be from 1 to {MAX_LIMIT}."),
            ));
        }
        Ok(Self { limit, after })
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Pass it as `after` for what follows; absent on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows: the extra row only tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(&cursor) } else { None };
        Self { items: rows, next }
    }

    /// The same page with every item translated.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
