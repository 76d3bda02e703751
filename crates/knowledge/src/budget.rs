//! How long a chunk may be, in tokens.

use headwater_model::ports::CountTokens;
use headwater_model::{Error, Result};
use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter};

/// A text longer than this is cut at blank lines first, so that cutting stays linear, in bytes.
const WINDOW: usize = 64 * 1024;

/// About `target` tokens, and never more than `longest`.
pub(crate) struct Budget<'c> {
    counter: &'c dyn CountTokens,
    pub(crate) target: usize,
    /// A chunk may be a little longer than the target to keep a paragraph whole.
    pub(crate) longest: usize,
    splitter: MarkdownSplitter<Sizer<'c>>,
}

struct Sizer<'c>(&'c dyn CountTokens);

impl ChunkSizer for Sizer<'_> {
    fn size(&self, chunk: &str) -> usize {
        self.0.count(chunk)
    }
}

impl<'c> Budget<'c> {
    /// `size` tokens, or what the model reads where that is less: what it does not read, it cannot
    /// find. An eighth of that is left to the headings above the text.
    pub(crate) fn new(counter: &'c dyn CountTokens, size: u32, overlap: u32) -> Result<Self> {
        let most = counter.most().map_or(usize::MAX, |most| most - most / 8);
        let target = (size as usize).min(most).max(1);
        let longest = (target + target * 3 / 10).min(most).max(target);
        let overlap = (overlap as usize).min(target / 2);
        let config = ChunkConfig::new(target..longest + 1).with_sizer(Sizer(counter));
        let config = config.with_overlap(overlap).map_err(Error::internal)?;
        Ok(Self {
            counter,
            target,
            longest,
            splitter: MarkdownSplitter::new(config),
        })
    }

    /// How many tokens a text has.
    pub(crate) fn length(&self, text: &str) -> usize {
        self.counter.count(text)
    }

    /// Running text in pieces that fit, cut where it has seams.
    pub(crate) fn prose(&self, text: &str) -> Vec<String> {
        windows(text)
            .into_iter()
            .flat_map(|window| self.splitter.chunks(window))
            .map(|piece| piece.trim().to_owned())
            .collect()
    }
}

/// Pieces of at most `WINDOW` bytes, cut after a blank line, else a line, else a character.
fn windows(mut text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    while text.len() > WINDOW {
        let head = &text[..text.floor_char_boundary(WINDOW)];
        let at = head
            .rfind("\n\n")
            .or_else(|| head.rfind('\n'))
            .or_else(|| head.rfind(' '))
            .filter(|at| *at > 0)
            .unwrap_or(head.len());
        out.push(&text[..at]);
        text = &text[at..];
    }
    out.push(text);
    out
}
