//! All node kinds. A new kind is one file in `nodes/` and one line here.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::compile::Compiler;
use crate::container::Container;
use crate::nodes;
use crate::plan::Work;
use crate::step::Step;
use crate::template::Template;

/// What the editor, the compiler and the docs know of a kind.
#[derive(Clone, Copy)]
pub struct NodeKind {
    pub name: &'static str,
    pub title: &'static str,
    pub summary: &'static str,
    /// What other nodes may refer to; `None` when the settings decide.
    pub outputs: Option<&'static [&'static str]>,
    /// The JSON schema of the settings; it draws the editor's form.
    pub settings: fn() -> schemars::Schema,
    /// Compiles settings; problems go to the compiler.
    pub compile: fn(&mut Compiler<'_>, &Map<String, Value>) -> Option<Compiled>,
}

/// A compiled node.
pub struct Compiled {
    pub work: Work,
    /// The text it adds to the reply.
    pub reply: Option<Template>,
    /// The ways out, for kinds that choose.
    pub handles: Vec<String>,
    /// Whether its `text` output streams while it runs.
    pub streams: bool,
    /// Whether it ends the loop it stands in.
    pub breaks: bool,
    /// Whether its results may stand for calling again.
    pub caches: bool,
}

impl Compiled {
    /// A node with one way out and no reply.
    pub fn new(step: impl Step + 'static) -> Self {
        Self::of(Work::Step(Arc::new(step)))
    }

    /// A node that runs its body.
    pub fn container(container: impl Container + 'static) -> Self {
        Self::of(Work::Container(Arc::new(container)))
    }

    /// A node whose results may stand for calling again: its calls have an identity.
    pub fn caching(step: impl Step + 'static, caches: bool) -> Self {
        Self {
            caches,
            ..Self::new(step)
        }
    }

    fn of(work: Work) -> Self {
        Self {
            work,
            reply: None,
            handles: Vec::new(),
            streams: false,
            breaks: false,
            caches: false,
        }
    }
}

/// The node kinds there are.
pub struct Catalogue {
    kinds: Vec<NodeKind>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self {
            kinds: vec![
                nodes::start::KIND,
                nodes::retrieve::KIND,
                nodes::chat::KIND,
                nodes::agent::KIND,
                nodes::tool::KIND,
                nodes::http::KIND,
                nodes::document::KIND,
                nodes::classify::KIND,
                nodes::extract::KIND,
                nodes::template::KIND,
                nodes::branch::KIND,
                nodes::merge::KIND,
                nodes::each::KIND,
                nodes::repeat::KIND,
                nodes::leave::KIND,
                nodes::subflow::KIND,
                nodes::list::KIND,
                nodes::assign::KIND,
                nodes::code::KIND,
                nodes::human::KIND,
                nodes::answer::KIND,
                nodes::output::KIND,
                nodes::note::KIND,
            ],
        }
    }
}

impl Catalogue {
    /// All kinds, in the order they are shown.
    pub fn kinds(&self) -> &[NodeKind] {
        &self.kinds
    }

    /// A kind by name.
    pub fn get(&self, name: &str) -> Option<&NodeKind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
}
