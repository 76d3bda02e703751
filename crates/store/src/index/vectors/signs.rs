//! A bit per dimension: on which side of the mean of all rows a vector lies. Of two vectors that are
//! close most bits agree, so that counting those that differ says which rows are worth a closer look.
//! (Binary quantisation; the mean is taken off, since many models' vectors all lean to one side.)

use std::ops::Range;

/// Counts, for each of some rows, the bits that differ from a query's.
type Kernel = fn(&[u8], &[u64], &mut Vec<u16>);

/// The bytes of one row's signs.
pub(super) fn bytes(dims: usize) -> usize {
    dims.div_ceil(64) * 8
}

/// The signs of a vector, the first dimension in the lowest bit.
pub(super) fn of(values: &[f32], mean: &[f32]) -> Vec<u64> {
    let words = values.chunks(64).zip(mean.chunks(64));
    words
        .map(|(values, mean)| {
            let bits = values.iter().zip(mean).enumerate();
            bits.fold(0, |word, (at, (value, mean))| {
                word | u64::from(value > mean) << at
            })
        })
        .collect()
}

/// The mean of vectors.
pub(super) struct Mean {
    sum: Vec<f64>,
    count: usize,
}

impl Mean {
    pub(super) fn of(dims: usize) -> Self {
        Self {
            sum: vec![0.0; dims],
            count: 0,
        }
    }

    pub(super) fn add(&mut self, values: &[f32]) {
        self.count += 1;
        for (sum, value) in self.sum.iter_mut().zip(values) {
            *sum += f64::from(*value);
        }
    }

    pub(super) fn end(self) -> Vec<f32> {
        let count = self.count.max(1) as f64;
        self.sum.iter().map(|sum| (sum / count) as f32).collect()
    }
}

/// Rows that were looked at, with how many bits differ.
pub(super) struct Sieve {
    kernel: Kernel,
    runs: Vec<(usize, Range<usize>)>,
    differ: Vec<u16>,
    /// How many of them count.
    pub(super) looked_at: usize,
}

/// More than there are dimensions: the row does not count.
const NEVER: u16 = u16::MAX;

impl Sieve {
    pub(super) fn new() -> Self {
        Self {
            kernel: kernel(),
            runs: Vec::new(),
            differ: Vec::new(),
            looked_at: 0,
        }
    }

    /// Looks at rows of one file, given their signs and the query's.
    pub(super) fn look(&mut self, place: usize, rows: Range<usize>, signs: &[u8], query: &[u64]) {
        (self.kernel)(signs, query, &mut self.differ);
        self.looked_at += rows.len();
        self.runs.push((place, rows));
    }

    /// Of what was looked at last only these rows count.
    pub(super) fn only(&mut self, counts: impl Fn(usize) -> bool) {
        let Some((_, rows)) = self.runs.last() else {
            return;
        };
        let begin = self.differ.len() - rows.len();
        for (row, differ) in rows.clone().zip(&mut self.differ[begin..]) {
            if !counts(row) {
                *differ = NEVER;
                self.looked_at -= 1;
            }
        }
    }

    /// At least so many rows, those with the fewest differing bits: file and row.
    pub(super) fn best(self, least: usize, dims: usize) -> Vec<(usize, usize)> {
        let mut how_many = vec![0_usize; dims + 1];
        for differ in &self.differ {
            if let Some(count) = how_many.get_mut(usize::from(*differ)) {
                *count += 1;
            }
        }
        let mut sum = 0;
        let bar = how_many.iter().position(|count| {
            sum += count;
            sum >= least
        });
        let bar = bar.unwrap_or(dims);
        let mut best = Vec::with_capacity(sum);
        let mut differ = self.differ.iter();
        for (place, rows) in self.runs {
            for (row, differ) in rows.zip(&mut differ) {
                if usize::from(*differ) <= bar {
                    best.push((place, row));
                }
            }
        }
        best
    }
}

#[inline(always)]
fn plain(rows: &[u8], query: &[u64], differ: &mut Vec<u16>) {
    differ.extend(rows.chunks_exact(query.len() * 8).map(|row| {
        let words = row.chunks_exact(8).zip(query);
        let bits = words.map(|(bytes, query)| {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            (u64::from_le_bytes(word) ^ query).count_ones()
        });
        bits.sum::<u32>() as u16
    }));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt")]
fn counted(rows: &[u8], query: &[u64], differ: &mut Vec<u16>) {
    plain(rows, query, differ);
}

/// The fastest one that this machine has.
fn kernel() -> Kernel {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("popcnt") {
        #[expect(
            unsafe_code,
            reason = "the machine was just asked whether it has this instruction"
        )]
        return |rows, query, differ| unsafe { counted(rows, query, differ) };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seed: u32, count: usize) -> Vec<f32> {
        let mut seed = seed;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn what_leans_to_one_side_is_told_apart_by_the_mean() {
        let rows: Vec<Vec<f32>> = (1..50)
            .map(|seed| numbers(seed, 100).iter().map(|x| x + 9.0).collect())
            .collect();
        let mut mean = Mean::of(100);
        rows.iter().for_each(|row| mean.add(row));
        let mean = mean.end();
        let signs: Vec<Vec<u64>> = rows.iter().map(|row| of(row, &mean)).collect();
        assert_eq!(signs[0].len() * 8, bytes(100));
        let set: u32 = signs.iter().flatten().map(|word| word.count_ones()).sum();
        assert!((2_000..2_900).contains(&set), "{set} of 4,900");
    }

    #[test]
    fn the_rows_with_the_fewest_differing_bits_are_kept() {
        let mean = vec![0.0; 70];
        let query = of(&numbers(1, 70), &mean);
        let rows: Vec<Vec<u64>> = (1..=9).map(|seed| of(&numbers(seed, 70), &mean)).collect();
        let bytes: Vec<u8> = rows
            .iter()
            .flatten()
            .flat_map(|w| w.to_le_bytes())
            .collect();
        let mut sieve = Sieve::new();
        sieve.look(3, 20..29, &bytes, &query);
        let (mut plainly, mut differ) = (Vec::new(), sieve.differ.clone());
        plain(&bytes, &query, &mut plainly);
        assert_eq!(plainly, differ, "every kernel counts the same");
        assert_eq!(differ[0], 0);
        differ.remove(4);
        differ.sort_unstable();
        sieve.only(|row| row != 24);
        assert_eq!(sieve.looked_at, 8);
        let best = sieve.best(3, 70);
        assert!(best.len() >= 3 && best.contains(&(3, 20)) && !best.contains(&(3, 24)));
        let as_far = differ.iter().filter(|far| **far <= differ[2]).count();
        assert_eq!(best.len(), as_far);
    }
}
