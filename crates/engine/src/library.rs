//! The flows a flow may call: gathered before compiling, so that compiling asks nobody.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::flow::{FlowDocument, LATEST, Pins, Which};

/// A published revision that may be called.
#[derive(Clone, Debug)]
pub struct Callable {
    pub document: Arc<FlowDocument>,
    /// The revisions of the flows it calls itself.
    pub pins: Pins,
}

/// Published revisions by slug and number, and which of them a reference means.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The slug of the flow to compile; it must not be called in turn.
    pub(crate) slug: Option<String>,
    /// The revisions the flow to compile was published with.
    pub(crate) pins: Pins,
    latest: HashMap<String, u32>,
    flows: HashMap<(String, u32), Callable>,
    open: bool,
}

/// What a library has for a reference.
pub(crate) enum Found<'l> {
    Flow(u32, &'l Callable),
    /// Nothing is known of other flows here.
    Unknown,
    Missing,
}

impl Library {
    /// An empty library for a flow of this slug, published with these pins.
    pub fn of(slug: Option<&str>, pins: Pins) -> Self {
        Self {
            slug: slug.map(str::to_owned),
            pins,
            ..Self::default()
        }
    }

    /// A library that takes every flow it does not have for one that exists: files are checked so,
    /// where no workspace can be asked.
    pub fn open() -> Self {
        Self {
            open: true,
            ..Self::default()
        }
    }

    /// Adds a revision.
    pub fn add(&mut self, slug: &str, number: u32, callable: Callable) {
        self.flows.insert((slug.to_owned(), number), callable);
    }

    /// Says which revision of a flow is the published one.
    pub fn publish(&mut self, slug: &str, number: u32) {
        self.latest.insert(slug.to_owned(), number);
    }

    /// Whether a revision is in it.
    pub fn has(&self, slug: &str, number: u32) -> bool {
        self.flows.contains_key(&(slug.to_owned(), number))
    }

    /// The revision a reference means that stands in a flow with these pins.
    pub fn number(&self, slug: &str, which: Option<Which>, pins: &Pins) -> Option<u32> {
        let pinned = match which {
            Some(Which::Number(number)) => return Some(number),
            Some(Which::Latest(_)) => self.pins.get(&format!("{slug}{LATEST}")),
            None => pins.get(slug),
        };
        pinned.or_else(|| self.latest.get(slug)).copied()
    }

    pub(crate) fn find(&self, slug: &str, which: Option<Which>, pins: &Pins) -> Found<'_> {
        let number = self.number(slug, which, pins);
        let found = number.and_then(|number| {
            let callable = self.flows.get(&(slug.to_owned(), number))?;
            Some((number, callable))
        });
        match found {
            Some((number, callable)) => Found::Flow(number, callable),
            None if self.open => Found::Unknown,
            None => Found::Missing,
        }
    }
}
