//! Rows into neighbourhoods: k-means on the sphere, with whole numbers. Where there are many middles they
//! fall into groups themselves, and a row is compared with the middles of the closest groups only.

use super::dot::{self, Quantised, value};

/// Neighbourhoods for each root of the rows: more of them are narrower, so that fewer rows have to be looked at.
const LISTS: f64 = 6.0;
/// So many rows of the sample per neighbourhood.
const SAMPLED: usize = 20;
/// How often the middles are moved.
const ROUNDS: usize = 6;
/// From so many middles on they are grouped, …
const GROUPED: usize = 512;
/// … and one in … of the groups is looked into.
const LOOKED_INTO: usize = 4;
/// Threads that look for middles.
const MOST_THREADS: usize = 4;

/// Neighbourhoods by their middles, and which one each row is in.
pub(super) struct Clusters {
    /// Unit length each.
    pub(super) middles: Vec<Vec<f32>>,
    pub(super) of: Vec<u32>,
}

/// Rows whose codes can be read from several threads.
pub(super) trait Rows: Sync {
    fn count(&self) -> usize;
    fn codes(&self, row: usize) -> &[u8];
}

/// How many neighbourhoods so many rows fall into.
pub(super) fn lists(rows: usize) -> usize {
    (LISTS * (rows as f64).sqrt()) as usize
}

/// Finds the neighbourhoods of rows. The same rows give the same neighbourhoods.
pub(super) fn cluster(rows: &impl Rows, dims: usize) -> Clusters {
    let count = rows.count();
    let middles = means(rows, dims, lists(count).clamp(1, count.max(1)));
    let all: Vec<usize> = (0..count).collect();
    let of = assign(rows, &all, &Middles::of(&middles, dims));
    Clusters { middles, of }
}

/// The middles of so many neighbourhoods, found with a sample of the rows.
fn means(rows: &impl Rows, dims: usize, lists: usize) -> Vec<Vec<f32>> {
    let sample: Vec<usize> = spread(rows.count(), (lists * SAMPLED).min(rows.count()));
    let mut middles: Vec<Vec<f32>> = spread(sample.len(), lists)
        .into_iter()
        .map(|at| sum(rows, &[sample[at]], dims))
        .collect();
    for round in 0..ROUNDS {
        let of = assign(rows, &sample, &Middles::of(&middles, dims));
        let mut members = vec![Vec::new(); lists];
        for (row, list) in sample.iter().zip(&of) {
            members[*list as usize].push(*row);
        }
        for (list, (middle, members)) in middles.iter_mut().zip(&members).enumerate() {
            *middle = if members.is_empty() {
                // Begins again somewhere else.
                sum(
                    rows,
                    &[sample[(list * 7_919 + round * 104_729) % sample.len()]],
                    dims,
                )
            } else {
                sum(rows, members, dims)
            };
        }
    }
    middles
}

/// Middles to compare rows with.
struct Middles {
    all: Vec<Quantised>,
    /// The middle of each group, and which middles are in it; none where there are few middles.
    groups: Vec<(Quantised, Vec<u32>)>,
}

impl Middles {
    fn of(middles: &[Vec<f32>], dims: usize) -> Self {
        let all = middles.iter().map(|middle| Quantised::of(middle)).collect();
        let mut groups = Vec::new();
        if middles.len() >= GROUPED {
            let coded = Coded(middles.iter().map(|middle| dot::codes(middle).0).collect());
            let about = (middles.len() as f64).sqrt() as usize;
            let of_groups = means(&coded, dims, about);
            groups = of_groups
                .iter()
                .map(|middle| (Quantised::of(middle), Vec::new()))
                .collect();
            let which: Vec<usize> = (0..middles.len()).collect();
            let flat = Self {
                all: of_groups
                    .iter()
                    .map(|middle| Quantised::of(middle))
                    .collect(),
                groups: Vec::new(),
            };
            for (list, group) in (0..).zip(assign(&coded, &which, &flat)) {
                groups[group as usize].1.push(list);
            }
        }
        Self { all, groups }
    }

    fn closest(&self, codes: &[u8]) -> u32 {
        if self.groups.is_empty() {
            return best(codes, self.all.iter(), 0..);
        }
        let mut scored: Vec<(f32, &Vec<u32>)> = self
            .groups
            .iter()
            .map(|(middle, members)| (middle.dot(codes), members))
            .collect();
        let few = scored.len().div_ceil(LOOKED_INTO);
        scored.select_nth_unstable_by(few - 1, |a, b| b.0.total_cmp(&a.0));
        let lists = || {
            scored[..few]
                .iter()
                .flat_map(|(_, members)| members.iter().copied())
        };
        best(codes, lists().map(|list| &self.all[list as usize]), lists())
    }
}

/// Middles as rows.
struct Coded(Vec<Vec<u8>>);

impl Rows for Coded {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn codes(&self, row: usize) -> &[u8] {
        &self.0[row]
    }
}

/// So many numbers below `below`, evenly spread.
fn spread(below: usize, count: usize) -> Vec<usize> {
    (0..count).map(|i| i * below / count).collect()
}

/// The direction of rows together. Their scales differ little, so the codes alone will do.
fn sum(rows: &impl Rows, members: &[usize], dims: usize) -> Vec<f32> {
    let mut sum = vec![0.0_f32; dims];
    for row in members {
        for (sum, code) in sum.iter_mut().zip(rows.codes(*row)) {
            *sum += value(*code);
        }
    }
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        sum.iter_mut().for_each(|x| *x /= length);
    }
    sum
}

/// The closest middle of each of the rows.
fn assign(rows: &impl Rows, which: &[usize], middles: &Middles) -> Vec<u32> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS));
    let each = which.len().div_ceil(threads).max(1);
    let mut of = vec![0; which.len()];
    std::thread::scope(|scope| {
        for (which, of) in which.chunks(each).zip(of.chunks_mut(each)) {
            scope.spawn(move || {
                for (row, of) in which.iter().zip(of) {
                    *of = middles.closest(rows.codes(*row));
                }
            });
        }
    });
    of
}

/// Which of the middles, by its number, is the closest.
fn best<'m>(
    codes: &[u8],
    middles: impl Iterator<Item = &'m Quantised>,
    numbers: impl Iterator<Item = u32>,
) -> u32 {
    let mut best = (f32::NEG_INFINITY, 0);
    for (list, middle) in numbers.zip(middles) {
        let score = middle.dot(codes);
        if score > best.0 {
            best = (score, list);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_lie_together_stay_together() {
        // 100 rows around each of 4 axes: 120 neighbourhoods, none of which spans two axes.
        let rows: Vec<Vec<u8>> = (0..400_usize)
            .map(|i| {
                let mut row = vec![0_u8; 8];
                row[i % 4] = 120;
                row[4 + i / 4 % 4] = (i % 13) as u8;
                row
            })
            .collect();
        let clusters = cluster(&Coded(rows), 8);
        assert_eq!(clusters.middles.len(), 120);
        for list in 0..120 {
            let axes: std::collections::HashSet<usize> = (0..400)
                .filter(|row| clusters.of[*row] == list)
                .map(|row| row % 4)
                .collect();
            assert!(axes.len() <= 1, "{axes:?}");
        }
    }

    #[test]
    fn groups_hardly_ever_hide_the_closest_middle() {
        // 64 clumps of directions, and 1,024 middles in them.
        let mut seed = 1_u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let clumps: Vec<Vec<f32>> = (0..64).map(|_| (0..48).map(|_| next()).collect()).collect();
        let mut around =
            |n: usize| -> Vec<f32> { clumps[n % 64].iter().map(|x| x + 0.5 * next()).collect() };
        let middles: Vec<Vec<f32>> = (0..1_024).map(&mut around).collect();
        let grouped = Middles::of(&middles, 48);
        assert!(!grouped.groups.is_empty());
        let members: usize = grouped
            .groups
            .iter()
            .map(|(_, members)| members.len())
            .sum();
        assert_eq!(members, 1_024, "each middle is in one group");
        let same = (0..500)
            .map(|n| dot::codes(&around(n)).0)
            .filter(|row| grouped.closest(row) == best(row, grouped.all.iter(), 0..))
            .count();
        assert!(same >= 485, "{same} of 500");
    }
}
