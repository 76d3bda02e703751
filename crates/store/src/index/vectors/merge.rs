//! Which files are merged, and when: so that there are few, and that dead rows take little room.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::cluster::cluster;
use super::part::{Chosen, Part, write_chosen};

/// Files of about the same size are merged when there are so many of them.
const MANY: usize = 4;
/// Files with fewer rows are of the same size.
const SMALLEST: usize = 1_024;
/// A file, and how many of its rows live.
struct Weighed {
    part: Arc<Part>,
    living: usize,
}

/// Merges until nothing needs it; files without a living row are left out, and those of `clustered` rows
/// or more are ordered by neighbourhood.
pub(super) fn merged(
    dir: &Path,
    parts: Vec<Arc<Part>>,
    number: &mut u64,
    clustered: usize,
    lives: &impl Fn(u64) -> bool,
) -> io::Result<Vec<Arc<Part>>> {
    let mut weighed: Vec<Weighed> = parts
        .into_iter()
        .map(|part| {
            let living = (0..part.rows()).filter(|row| lives(part.key(*row))).count();
            Weighed { part, living }
        })
        .filter(|weighed| weighed.living > 0)
        .collect();
    while let Some(which) = choose(&weighed, clustered) {
        let (old, kept): (Vec<_>, Vec<_>) = weighed
            .into_iter()
            .enumerate()
            .partition(|(at, _)| which.contains(at));
        weighed = kept.into_iter().map(|(_, weighed)| weighed).collect();
        let chosen = Chosen(
            old.iter()
                .flat_map(|(_, old)| {
                    let part = &*old.part;
                    (0..part.rows()).map(move |row| (part, row))
                })
                .filter(|(part, row)| lives(part.key(*row)))
                .collect(),
        );
        let living = chosen.0.len();
        let dims = old.first().map_or(0, |(_, old)| old.part.dims());
        let clusters = (living >= clustered).then(|| cluster(&chosen, dims));
        let part = Arc::new(write_chosen(dir, *number, &chosen, clusters)?);
        *number += 1;
        weighed.push(Weighed { part, living });
    }
    Ok(weighed.into_iter().map(|weighed| weighed.part).collect())
}

/// The files to merge next, all of one space.
fn choose(all: &[Weighed], clustered: usize) -> Option<Vec<usize>> {
    // Mostly dead, or large and without neighbourhoods.
    let alone = |one: &Weighed| {
        let dead = one.part.rows() - one.living;
        dead * 3 > one.part.rows() || (one.living >= clustered && !one.part.is_clustered())
    };
    if let Some(at) = all.iter().position(alone) {
        return Some(vec![at]);
    }
    (0..all.len()).find_map(|at| {
        let like: Vec<usize> = (0..all.len())
            .filter(|other| {
                let (a, b) = (&all[at].part, &all[*other].part);
                a.space == b.space
                    && a.dims() == b.dims()
                    && tier(all[*other].living) <= tier(all[at].living)
            })
            .collect();
        let same = like
            .iter()
            .filter(|other| tier(all[**other].living) == tier(all[at].living));
        (same.count() >= MANY).then_some(like)
    })
}

fn tier(rows: usize) -> u32 {
    (rows / SMALLEST).max(1).ilog(MANY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fall_into_tiers() {
        assert_eq!(tier(1), tier(MANY * SMALLEST - 1));
        assert_eq!(tier(MANY * SMALLEST), 1);
        assert_eq!(tier(MANY * MANY * SMALLEST), 2);
    }
}
