//! The vectors of one knowledge base: files that never change, added by commits and merged as they
//! become many. Which rows are alive is not written in them: the rows of tantivy say so.
//!
//! A search compares one byte per dimension, and counts the best again exactly from two. Where many
//! rows are allowed a sieve comes first: one bit per dimension says which of them are worth comparing.
//! Large files have their rows ordered by neighbourhood, and of them only the closest neighbourhoods are
//! sieved. Few rows are compared one by one, so that a filter which few match makes the search exact.

mod cluster;
mod dot;
mod merge;
mod part;
mod signs;
mod top;

use std::collections::BinaryHeap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use headwater_model::id::{ChunkId, DocumentId};
use headwater_model::ports::IndexVector;

use super::marks::Marks;
use dot::Quantised;
use part::Part;
use signs::Sieve;
use top::Top;

/// Of what was looked at so many rows per dimension are compared, since more bits tell more: with 384
/// of them one row in 128, …
const SIEVED: usize = 3;
/// … and at least so many for each hit that is asked for.
const SIEVED_PER_HIT: usize = 8;
/// In files with neighbourhoods the signs of at least this share of the rows are looked at, one in ….
const LOOKED_AT: usize = 5;
/// For each hit that is asked for so many rows are counted exactly; and at least …
const COUNTED: usize = 2;
const LEAST_COUNTED: usize = 64;

/// From how many rows on what is done.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// So many rows are compared one by one.
    one_by_one: usize,
    /// Of more at least so many are compared, …
    compared: usize,
    /// … of at least so many allowed ones whose signs were looked at.
    looked_at: usize,
    /// Files of so many rows have them ordered by neighbourhood.
    clustered: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            one_by_one: 32_768,
            compared: 2_048,
            looked_at: 32_768,
            clustered: 262_144,
        }
    }
}

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
    sizes: Sizes,
}

impl Vectors {
    /// Opens the files; one that is missing or damaged is an error.
    pub(super) fn open(dir: &Path, names: &[String]) -> tantivy::Result<Self> {
        let parts = names
            .iter()
            .map(|name| Part::open(dir, name).map(Arc::new))
            .collect::<std::io::Result<_>>()?;
        let sizes = Sizes::default();
        Ok(Self { parts, sizes })
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
        let sizes = self.sizes;
        let parts = merge::merged(dir, parts, &mut number, sizes.clustered, &lives)?;
        sync_dir(dir)?;
        Ok(Self { parts, sizes })
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
        let mut top = Top::new((limit * COUNTED).max(LEAST_COUNTED));
        let mut offer = |place: usize, row: usize| {
            let part = parts[place];
            let score = quantised.dot(part.codes(row)) * part.scale(row);
            top.offer(score, place, row);
        };
        if allowed.count() <= self.sizes.one_by_one {
            for (place, part) in parts.iter().enumerate() {
                (0..part.rows())
                    .filter(|row| allowed.has(part.key(*row)))
                    .for_each(|row| offer(place, row));
            }
        } else {
            for (place, row) in self.sieved(&parts, query, &quantised, allowed, limit) {
                offer(place, row);
            }
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

    /// File and row of what is worth comparing: allowed rows whose signs agree best with the query's.
    fn sieved(
        &self,
        parts: &[&Arc<Part>],
        query: &[f32],
        quantised: &Quantised,
        allowed: &Marks,
        limit: usize,
    ) -> Vec<(usize, usize)> {
        let all: usize = parts.iter().map(|part| part.rows()).sum();
        let wanted = self.sizes.compared.max(limit * SIEVED_PER_HIT);
        // Where most rows are allowed it is quicker to ask only about the best of them. They may all be
        // of those that are not: then the rest is asked about, too.
        for only in [None, Some(allowed)] {
            if only.is_none() && allowed.count() * 2 < all {
                continue;
            }
            let sieve = look(parts, query, quantised, (only, self.sizes.looked_at));
            let least = (sieve.looked_at * SIEVED / query.len().max(1)).max(wanted * 2);
            let mut best = sieve.best(least, query.len());
            if only.is_none() {
                best.retain(|(place, row)| allowed.has(parts[*place].key(*row)));
            }
            if only.is_some() || best.len() >= wanted {
                return best;
            }
        }
        Vec::new()
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

/// Looks at the signs of all rows of small files, and at those of the closest neighbourhoods of large
/// ones, until `enough` rows that count were looked at, and a share of them.
fn look(
    parts: &[&Arc<Part>],
    query: &[f32],
    quantised: &Quantised,
    (allowed, enough): (Option<&Marks>, usize),
) -> Sieve {
    let signs: Vec<Vec<u64>> = parts.iter().map(|part| part.signs_of(query)).collect();
    let mut sieve = Sieve::new();
    let mut look = |place: usize, rows: Range<usize>| {
        let part = parts[place];
        let before = sieve.looked_at;
        sieve.look(place, rows.clone(), part.signs(rows), &signs[place]);
        if let Some(allowed) = allowed {
            sieve.only(|row| allowed.has(part.key(row)));
        }
        sieve.looked_at - before
    };
    let mut lists = BinaryHeap::new();
    let (mut in_lists, mut all) = (0, 0);
    for (place, part) in parts.iter().enumerate() {
        all += part.rows();
        if part.is_clustered() {
            in_lists += part.rows();
            let closest = part.lists_by_closeness(quantised);
            lists.extend(closest.map(|(score, list)| (Ranked::of(score), place, list)));
        } else {
            look(place, 0..part.rows());
        }
    }
    let count = allowed.map_or(all, |allowed| allowed.count().min(all));
    let share = count.saturating_mul(in_lists) / all.max(1) / LOOKED_AT;
    let mut left = enough.max(share);
    while left > 0
        && let Some((_, place, list)) = lists.pop()
    {
        left = left.saturating_sub(look(place, parts[place].list(list)));
    }
    sieve
}

/// A score as a whole number of the same order, as `f32::total_cmp` has it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ranked(i32);

impl Ranked {
    fn of(score: f32) -> Self {
        let bits = score.to_bits() as i32;
        Self(bits ^ (((bits >> 31) as u32) >> 1) as i32)
    }
}

/// The names of new files are on disk, too.
fn sync_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use headwater_model::Timestamp;

    use super::*;

    const DIMS: usize = 48;
    const SPACE: &str = "local/small";

    /// Vectors in clumps that lean to one side, as those of many models do.
    fn clumps(count: usize, seed: u32) -> Vec<IndexVector> {
        let mut seed = seed;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let centres: Vec<Vec<f32>> = (0..60)
            .map(|_| (0..DIMS).map(|at| next() + (at % 3) as f32).collect())
            .collect();
        let around = |n: usize| {
            let values: Vec<f32> = centres[n % 60].iter().map(|x| x + 0.8 * next()).collect();
            let length = values.iter().map(|x| x * x).sum::<f32>().sqrt();
            IndexVector {
                space: SPACE.into(),
                values: values.iter().map(|x| x / length).collect(),
            }
        };
        (0..count).map(around).collect()
    }

    /// How many of the ten closest are found, of those whose keys are allowed.
    fn recall(
        vectors: &Vectors,
        rows: &[IndexVector],
        allowed: &Marks,
        queries: &[IndexVector],
    ) -> f64 {
        let (mut found, mut wanted) = (0, 0);
        for query in queries {
            let close = |row: &IndexVector| dot::floats(&row.values, &query.values);
            let mut exact: Vec<usize> = (0..rows.len())
                .filter(|key| allowed.has(*key as u64))
                .collect();
            exact.sort_by(|a, b| close(&rows[*b]).total_cmp(&close(&rows[*a])));
            exact.truncate(10);
            let near = vectors.search(query, allowed, 10);
            wanted += exact.len();
            found += near
                .iter()
                .filter(|near| exact.iter().any(|key| near.chunk == chunk(*key)))
                .count();
        }
        found as f64 / wanted as f64
    }

    fn chunk(key: usize) -> ChunkId {
        ChunkId::new(Timestamp::from_millis(1), (key as u128) << 64)
    }

    #[test]
    fn sieve_and_neighbourhoods_lose_next_to_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let sizes = Sizes {
            one_by_one: 120,
            compared: 200,
            looked_at: 1_500,
            clustered: 2_000,
        };
        let rows = clumps(4_590, 7);
        let (rows, queries) = rows.split_at(4_560);
        let mut vectors = Vectors {
            parts: Vec::new(),
            sizes,
        };
        let mut all = Marks::default();
        let document = DocumentId::new(Timestamp::from_millis(1), 0);
        for (some, keys) in rows.chunks(570).zip((0..rows.len()).step_by(570)) {
            let new: Vec<NewRow<'_>> = some
                .iter()
                .zip(keys..)
                .map(|(vector, key)| NewRow {
                    key: key as u64,
                    chunk: chunk(key),
                    document,
                    vector,
                })
                .collect();
            vectors = vectors
                .with(dir.path(), &new, &all, &[SPACE.into()])
                .unwrap();
            new.iter().for_each(|row| all.set(row.key));
        }
        let clustered = |vectors: &Vectors| vectors.parts.iter().any(|part| part.is_clustered());
        assert!(clustered(&vectors) && vectors.parts.len() > 1);
        let whole = recall(&vectors, rows, &all, queries);
        assert!(whole >= 0.97, "{whole}");
        // A filter leaves enough rows for the sieve, or few enough to compare each of them.
        for (one_in, least) in [(7, 0.97), (49, 1.0)] {
            let mut some = Marks::default();
            (0..rows.len() as u64)
                .step_by(one_in)
                .for_each(|key| some.set(key));
            let share = recall(&vectors, rows, &some, queries);
            assert!(share >= least, "one in {one_in}: {share}");
        }
        // What is asked for may be far from all that is allowed: the filter leaves whole clumps out.
        for begins in [20, 58] {
            let mut some = Marks::default();
            let kept = |key: &u64| key % 60 >= begins;
            (0..rows.len() as u64)
                .filter(kept)
                .for_each(|key| some.set(key));
            for query in queries {
                let near = vectors.search(query, &some, 10);
                let mut keys =
                    (0..rows.len()).filter(|key| near.iter().any(|near| near.chunk == chunk(*key)));
                assert!(near.len() == 10 && keys.all(|key| some.has(key as u64)));
            }
        }
        // Opened again it is the same.
        let opened = Vectors::open(dir.path(), &vectors.names()).unwrap();
        let opened = Vectors { sizes, ..opened };
        let near = |vectors: &Vectors| -> Vec<ChunkId> {
            let near = vectors.search(&queries[0], &all, 10);
            near.into_iter().map(|near| near.chunk).collect()
        };
        assert_eq!(near(&opened), near(&vectors));
    }
}
