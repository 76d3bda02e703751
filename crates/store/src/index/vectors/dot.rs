//! Products of vectors, as fast as the machine does them.

/// The largest code of a row.
const ROW: f32 = 127.0;
/// The largest code of a query: a sum over 8,192 dimensions still fits in 32 bits.
const QUERY: f32 = 2_047.0;

type Kernel = fn(&[u8], &[i16]) -> i32;

/// A vector in whole numbers, to be compared with the codes of many rows.
pub(super) struct Quantised {
    codes: Vec<i16>,
    scale: f32,
    kernel: Kernel,
}

impl Quantised {
    pub(super) fn of(values: &[f32]) -> Self {
        let scale = largest(values) / QUERY;
        Self {
            codes: values
                .iter()
                .map(|value| whole(*value, scale) as i16)
                .collect(),
            scale,
            kernel: kernel(),
        }
    }

    /// The product with a row's codes, but for the row's own scale.
    pub(super) fn dot(&self, row: &[u8]) -> f32 {
        (self.kernel)(row, &self.codes) as f32 * self.scale
    }
}

/// A row's codes, a signed byte each, and what each of them counts.
pub(super) fn codes(values: &[f32]) -> (Vec<u8>, f32) {
    let scale = largest(values) / ROW;
    let codes = values.iter().map(|value| whole(*value, scale) as i8 as u8);
    (codes.collect(), scale)
}

/// What a code stands for, but for its scale.
pub(super) fn value(code: u8) -> f32 {
    f32::from(code as i8)
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

fn whole(value: f32, scale: f32) -> f32 {
    if scale > 0.0 {
        (value / scale).round()
    } else {
        0.0
    }
}

/// The exact product.
pub(super) fn floats(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_lanes.remainder().iter().zip(b_lanes.remainder());
    let rest: f32 = rest.map(|(x, y)| x * y).sum();
    for (x, y) in a_lanes.zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    rest + sums.iter().sum::<f32>()
}

#[inline(always)]
fn plain(row: &[u8], query: &[i16]) -> i32 {
    let products = row.iter().zip(query);
    products
        .map(|(code, query)| i32::from(*code as i8) * i32::from(*query))
        .sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn wide(row: &[u8], query: &[i16]) -> i32 {
    plain(row, query)
}

/// The fastest one that this machine has.
fn kernel() -> Kernel {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "the machine was just asked whether it has these instructions"
        )]
        return |row, query| unsafe { wide(row, query) };
    }
    |row, query| plain(row, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_close_to_the_exact_product() {
        let a: Vec<f32> = (0..387)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 900.0)
            .collect();
        let b: Vec<f32> = (0..387)
            .map(|i| ((i * 53 % 89) as f32 - 44.0) / 900.0)
            .collect();
        let (row, scale) = codes(&b);
        let near = Quantised::of(&a).dot(&row) * scale;
        let exact: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
        assert!((near - exact).abs() < 0.003, "{near} {exact}");
        assert!((floats(&a, &b) - exact).abs() < 1e-5);
        assert_eq!(codes(&[0.0; 4]), (vec![0; 4], 0.0));
    }

    #[test]
    fn every_kernel_gives_the_same() {
        let row: Vec<u8> = (0..1_000).map(|i| (i * 7 % 256) as u8).collect();
        let query: Vec<i16> = (0..1_000)
            .map(|i| (i * 31 % 4_095) as i16 - 2_047)
            .collect();
        assert_eq!(kernel()(&row, &query), plain(&row, &query));
    }
}
