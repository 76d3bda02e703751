//! The vectors of one knowledge base: files that never change, added by commits and merged as they
//! become many. Which rows are alive is not written in them: the rows of tantivy say so.
//!
//! A search looks at rows of one byte per dimension, and counts the best again exactly from rows of
//! two bytes. Large files have their rows ordered by neighbourhood. The closest neighbourhoods are
//! looked at first, and the rest no more once half of what was looked at brought nothing better: few
//! where the vectors lie in clumps, and all where they do not. Only rows that a filter allows count as
//! looked at, so that a filter which few rows match makes the search exact.

mod cluster;
mod dot;
mod merge;
mod part;
mod top;

use std::path::Path;
use std::sync::Arc;

use headwater_model::id::{ChunkId, DocumentId};
use headwater_model::ports::IndexVector;

use super::marks::Marks;
use dot::Quantised;
use part::Part;
use top::Top;

/// Of a large file at least this share of the rows that are allowed is looked at: one in …
const LOOKED_AT: usize = 20;
/// … and at least so many.
const LEAST_LOOKED_AT: usize = 16_384;
/// It is enough once this share of what was looked at, one in …, brought nothing better …
const IN_VAIN: usize = 2;
/// … to the first places, or to as many of them as are asked for.
const FIRST: usize = 20;
/// For each hit that is asked for so many rows are counted exactly; and at least …
const COUNTED: usize = 2;
const LEAST_COUNTED: usize = 64;

/// A vector on its way in.
pub(super) struct NewRow<'v> {
    pub(super) key: u64,
    pub(super) chunk: ChunkId,
    pub(super) document: DocumentId,
    pub(super) vector: &'v IndexVector,
}

/// A chunk whose vector is close.
pub(super) struct Near {
    pub(super) chunk: ChunkId,
    pub(super) document: DocumentId,
    /// The cosine.
    pub(super) score: f32,
    pub(super) vector: Vec<f32>,
}

/// The files of one commit, oldest first.
#[derive(Default)]
pub(super) struct Vectors {
    parts: Vec<Arc<Part>>,
}

impl Vectors {
    /// Opens the files; one that is missing or damaged is an error.
    pub(super) fn open(dir: &Path, names: &[String]) -> tantivy::Result<Self> {
        let parts = names
            .iter()
            .map(|name| Part::open(dir, name).map(Arc::new))
            .collect::<std::io::Result<_>>()?;
        Ok(Self { parts })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.name.clone()).collect()
    }

    /// The files with new rows, without spaces nobody asks for, merged where they are many or mostly
    /// dead. What is written is on disk when this returns, and no part of anything until the commit.
    pub(super) fn with(
        &self,
        dir: &Path,
        rows: &[NewRow<'_>],
        alive: &Marks,
        spaces: &[Arc<str>],
    ) -> tantivy::Result<Self> {
        let mut parts: Vec<Arc<Part>> = self
            .parts
            .iter()
            .filter(|part| spaces.iter().any(|space| **space == *part.space))
            .cloned()
            .collect();
        let mut number = 1 + self
            .parts
            .iter()
            .map(|part| part.number())
            .max()
            .unwrap_or(0);
        let first_new = rows.iter().map(|row| row.key).min().unwrap_or(u64::MAX);
        for space in spaces {
            let of_space: Vec<&NewRow<'_>> = rows
                .iter()
                .filter(|row| row.vector.space == *space)
                .collect();
            for same in of_space.chunk_by(|a, b| a.vector.values.len() == b.vector.values.len()) {
                parts.push(Arc::new(part::write_new(dir, number, space, same)?));
                number += 1;
            }
        }
        // What this commit adds is not in the marks of the one before.
        let lives = |key: u64| key >= first_new || alive.has(key);
        let parts = merge::merged(dir, parts, &mut number, &lives)?;
        sync_dir(dir)?;
        Ok(Self { parts })
    }

    /// The `limit` rows closest to a vector among those allowed, best first.
    pub(super) fn search(&self, vector: &IndexVector, allowed: &Marks, limit: usize) -> Vec<Near> {
        let query = &vector.values;
        let parts: Vec<&Arc<Part>> = self
            .parts
            .iter()
            .filter(|part| *part.space == *vector.space && part.dims() == query.len())
            .collect();
        let quantised = Quantised::of(query);
        let allowed_rows = allowed.count();
        let all_rows: usize = parts.iter().map(|part| part.rows()).sum();
        let mut top = Top::new((limit * COUNTED).max(LEAST_COUNTED));
        let mut first = Top::new(limit.min(FIRST));
        for (place, part) in parts.iter().enumerate() {
            // What is allowed is taken to be spread evenly over the files.
            let of_part = allowed_rows.min(all_rows) * part.rows() / all_rows.max(1);
            let least = (of_part / LOOKED_AT).max(LEAST_LOOKED_AT);
            scan(part, query, &quantised, allowed, least, |row, score| {
                top.offer(score, place, row);
                first.offer(score, place, row)
            });
        }
        let mut found: Vec<Near> = top
            .into_best()
            .map(|(place, row)| {
                let part = parts[place];
                let values = part.values(row);
                Near {
                    chunk: part.chunk(row),
                    document: part.document(row),
                    score: dot::floats(query, &values),
                    vector: values,
                }
            })
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        found.truncate(limit);
        found
    }

    /// Removes files of vectors that are no part of this; what cannot be removed is tried again later.
    pub(super) fn sweep(&self, dir: &Path) {
        let Ok(files) = std::fs::read_dir(dir) else {
            return;
        };
        for file in files.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if part::is_name(&name)
                && !self.parts.iter().any(|part| part.name == name)
                && let Err(error) = std::fs::remove_file(file.path())
            {
                tracing::debug!(%name, %error, "removing vectors that nobody needs");
            }
        }
    }
}

/// Offers at least so many rows of a part that may be close, with their nearly exact closeness; `offer`
/// says whether one was among the first so far.
fn scan(
    part: &Part,
    query: &[f32],
    quantised: &Quantised,
    allowed: &Marks,
    least: usize,
    mut offer: impl FnMut(usize, f32) -> bool,
) {
    let (mut looked_at, mut in_vain) = (0, 0);
    for list in part.closest_lists(query) {
        for row in part.list(list) {
            if allowed.has(part.key(row)) {
                looked_at += 1;
                in_vain += 1;
                if offer(row, quantised.dot(part.codes(row)) * part.scale(row)) {
                    in_vain = 0;
                }
            }
        }
        if looked_at >= least && in_vain * IN_VAIN >= looked_at {
            return;
        }
    }
}

/// The names of new files are on disk, too.
fn sync_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}
