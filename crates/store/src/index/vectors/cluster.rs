//! Rows into neighbourhoods: k-means on the sphere, with whole numbers.

use super::dot::{Quantised, value};

/// So many rows of the sample per neighbourhood.
const SAMPLED: usize = 40;
/// How often the middles are moved.
const ROUNDS: usize = 6;
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
    (2.0 * (rows as f64).sqrt()) as usize
}

/// Finds the neighbourhoods of rows. The same rows give the same neighbourhoods.
pub(super) fn cluster(rows: &impl Rows, dims: usize) -> Clusters {
    let count = rows.count();
    let lists = lists(count).clamp(1, count.max(1));
    let sample: Vec<usize> = spread(count, (lists * SAMPLED).min(count));
    let mut middles: Vec<Vec<f32>> = spread(sample.len(), lists)
        .into_iter()
        .map(|at| sum(rows, &[sample[at]], dims))
        .collect();
    for round in 0..ROUNDS {
        let of = assign(rows, &sample, &middles);
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
    let all: Vec<usize> = (0..count).collect();
    let of = assign(rows, &all, &middles);
    Clusters { middles, of }
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
fn assign(rows: &impl Rows, which: &[usize], middles: &[Vec<f32>]) -> Vec<u32> {
    let middles: Vec<Quantised> = middles.iter().map(|middle| Quantised::of(middle)).collect();
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS));
    let each = which.len().div_ceil(threads).max(1);
    let mut of = vec![0; which.len()];
    std::thread::scope(|scope| {
        for (which, of) in which.chunks(each).zip(of.chunks_mut(each)) {
            let middles = &middles;
            scope.spawn(move || {
                for (row, of) in which.iter().zip(of) {
                    *of = closest(rows.codes(*row), middles);
                }
            });
        }
    });
    of
}

fn closest(codes: &[u8], middles: &[Quantised]) -> u32 {
    let mut best = (f32::NEG_INFINITY, 0);
    for (list, middle) in (0..).zip(middles) {
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

    struct Few(Vec<Vec<u8>>);

    impl Rows for Few {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn codes(&self, row: usize) -> &[u8] {
            &self.0[row]
        }
    }

    #[test]
    fn rows_that_lie_together_stay_together() {
        // 100 rows around each of 4 axes: 40 neighbourhoods, none of which spans two axes.
        let rows: Vec<Vec<u8>> = (0..400_usize)
            .map(|i| {
                let mut row = vec![0_u8; 8];
                row[i % 4] = 120;
                row[4 + i / 4 % 4] = (i % 13) as u8;
                row
            })
            .collect();
        let clusters = cluster(&Few(rows), 8);
        assert_eq!(clusters.middles.len(), 40);
        for list in 0..40 {
            let axes: std::collections::HashSet<usize> = (0..400)
                .filter(|row| clusters.of[*row] == list)
                .map(|row| row % 4)
                .collect();
            assert!(axes.len() <= 1, "{axes:?}");
        }
    }
}
