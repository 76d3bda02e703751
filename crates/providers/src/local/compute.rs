//! The arithmetic of a transformer, for one thread: products of matrices, and what happens to their
//! rows. Vectors of the processor are used as wide as it has them.

use gemm_common::Parallelism;
use gemm_common::pulp::Arch;

/// How many sums are kept side by side, so that the processor can add them at once.
const LANES: usize = 16;

/// A matrix that lies in `data`: element (row, column) is at `row * row_step + column * column_step`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> Matrix<'a> {
    /// Rows that follow each other in `data`, `row_step` apart.
    pub fn new(data: &'a [f32], rows: usize, columns: usize, row_step: usize) -> Self {
        let matrix = Self {
            data,
            rows,
            columns,
            row_step,
            column_step: 1,
        };
        assert!(fits(data.len(), rows, columns, row_step), "out of bounds");
        matrix
    }

    /// The same with rows for columns.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
            ..self
        }
    }
}

/// Whether rows of `columns` elements, `row_step` apart, lie within `length` elements.
fn fits(length: usize, rows: usize, columns: usize, row_step: usize) -> bool {
    rows > 0
        && columns > 0
        && row_step >= columns
        && (rows - 1)
            .checked_mul(row_step)
            .and_then(|start| start.checked_add(columns))
            .is_some_and(|end| end <= length)
}

/// Where a product goes: rows of `out`, `row_step` apart.
pub(super) struct Target<'a> {
    pub out: &'a mut [f32],
    pub row_step: usize,
    /// Whether the product is added to what is there.
    pub add: bool,
}

/// `target = factor * left · right`, or that added to it.
pub(super) fn multiply(target: Target<'_>, factor: f32, left: Matrix<'_>, right: Matrix<'_>) {
    let (rows, columns, inner) = (left.rows, right.columns, left.columns);
    assert_eq!(inner, right.rows, "the matrices do not fit");
    let Target { out, row_step, add } = target;
    assert!(fits(out.len(), rows, columns, row_step), "out of bounds");
    let step = |step: usize| isize::try_from(step).unwrap_or(isize::MAX);
    let product = gemm_f32::gemm::f32::get_gemm_fn();
    // The kernels write column by column, so the product is made transposed: rightᵀ · leftᵀ.
    #[expect(
        unsafe_code,
        reason = "the kernels take pointers; what they reach was checked above"
    )]
    // SAFETY: `left` and `right` lie within their slices (checked when they were made), the product
    // within `out` (checked above), which is borrowed by nobody else; all steps are elements' counts.
    unsafe {
        product(
            columns,
            rows,
            inner,
            out.as_mut_ptr(),
            step(row_step),
            1,
            add,
            right.data.as_ptr(),
            step(right.row_step),
            step(right.column_step),
            left.data.as_ptr(),
            step(left.row_step),
            step(left.column_step),
            1.0,
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// Adds `bias` to every row.
pub(super) fn add_to_rows(rows: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(bias.len()) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += bias;
                }
            }
        },
    );
}

/// Puts `bias` into every row.
pub(super) fn fill_rows(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        row.copy_from_slice(bias);
    }
}

/// Brings every row to mean 0 and variance 1, then scales and shifts it.
pub(super) fn normalise_rows(rows: &mut [f32], scale: &[f32], shift: &[f32], epsilon: f32) {
    let width = scale.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(width) {
                let mean = sum(row, |value| value) / width as f32;
                let variance = sum(row, |value| (value - mean) * (value - mean)) / width as f32;
                let factor = (variance + epsilon).sqrt().recip();
                for ((value, scale), shift) in row.iter_mut().zip(scale).zip(shift) {
                    *value = (*value - mean) * factor * scale + shift;
                }
            }
        },
    );
}

/// Makes every row positive with the sum 1, the more the greater an element was.
pub(super) fn softmax_rows(rows: &mut [f32], width: usize) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(width) {
                let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                for value in row.iter_mut() {
                    *value = exp(*value - most);
                }
                let factor = sum(row, |value| value).recip();
                for value in row.iter_mut() {
                    *value *= factor;
                }
            }
        },
    );
}

/// The Gaussian error linear unit, by its error function.
pub(super) fn gelu(values: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for value in values {
                *value = 0.5 * *value * (1.0 + erf(*value * std::f32::consts::FRAC_1_SQRT_2));
            }
        },
    );
}

/// The same by a hyperbolic tangent, for models that were trained with it.
pub(super) fn gelu_by_tanh(values: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for value in values {
                let x = *value;
                let inner = 0.797_884_6 * (x + 0.044_715 * x * x * x);
                // 0.5 (1 + tanh a) is the logistic function of 2 a.
                *value = x / (1.0 + exp(-2.0 * inner));
            }
        },
    );
}

/// Negative values become 0.
pub(super) fn relu(values: &mut [f32]) {
    for value in values {
        *value = value.max(0.0);
    }
}

/// Brings a vector to length 1; one of zeros stays.
pub(crate) fn to_unit_length(vector: &mut [f32]) {
    let length = sum(vector, |value| value * value).sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}

/// The sum of what `of` makes of the values.
#[inline(always)]
fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (groups, rest) = values.as_chunks::<LANES>();
    for group in groups {
        for (lane, value) in lanes.iter_mut().zip(group) {
            *lane += of(*value);
        }
    }
    let rest: f32 = rest.iter().map(|value| of(*value)).sum();
    lanes.iter().sum::<f32>() + rest
}

/// e to the power of `x`, to about one part in ten million; without branches, so that many are
/// computed at once.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding this rounds to a whole number, which then is in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, so that the rest of x keeps its digits.
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut power = 1.987_569_1e-4;
    for factor in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        power = power * rest + factor;
    }
    let power = power * rest * rest + rest + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    power * f32::from_bits(exponent.wrapping_add(127) << 23)
}

/// The error function, to about 3 parts in ten million (Abramowitz and Stegun 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let mut part = 1.061_405_4;
    for factor in [-1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
        part = part * t + factor;
    }
    (1.0 - part * t * exp(-a * a)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn products_are_what_the_definition_says() {
        for (rows, inner, columns) in [(1, 1, 1), (3, 5, 7), (17, 32, 33), (40, 64, 5)] {
            let (left, right) = (noise(rows * inner), noise(columns * inner));
            let mut out = vec![1.0; rows * columns];
            let target = Target {
                out: &mut out,
                row_step: columns,
                add: true,
            };
            let weights = Matrix::new(&right, columns, inner, inner).transposed();
            multiply(target, 2.0, Matrix::new(&left, rows, inner, inner), weights);
            for row in 0..rows {
                for column in 0..columns {
                    let pairs =
                        (0..inner).map(|i| left[row * inner + i] * right[column * inner + i]);
                    let expected = 1.0 + 2.0 * pairs.sum::<f32>();
                    let got = out[row * columns + column];
                    assert!((got - expected).abs() < 1e-4, "{got} {expected}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "out of bounds")]
    fn a_matrix_never_reaches_beyond_its_data() {
        let _ = Matrix::new(&[0.0; 11], 3, 4, 4);
    }

    #[test]
    fn powers_and_errors_are_exact_to_single_precision() {
        for step in -8_700..=8_800 {
            let x = step as f32 / 100.0;
            let expected = f64::from(x).exp();
            let off = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(off < 4e-7, "exp({x}) is off by {off}");
        }
        // Of tables.
        for (x, expected) in [
            (0.0, 0.0),
            (0.1, 0.112_462_916),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (-1.5, -0.966_105_15),
            (2.5, 0.999_593_1),
            (6.0, 1.0),
        ] {
            assert!((erf(x) - expected).abs() < 5e-7, "erf({x}) = {}", erf(x));
        }
    }

    #[test]
    fn rows_are_normalised_and_shared_out() {
        let mut rows = noise(3 * 37);
        normalise_rows(&mut rows, &[1.0; 37], &[0.0; 37], 1e-12);
        for row in rows.chunks(37) {
            let mean: f32 = row.iter().sum::<f32>() / 37.0;
            let square: f32 = row.iter().map(|value| value * value).sum::<f32>() / 37.0;
            assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4);
        }
        softmax_rows(&mut rows, 37);
        for row in rows.chunks(37) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        let mut values = [-3.0, -0.5, 0.0, 0.5, 3.0];
        let mut others = values;
        gelu(&mut values);
        gelu_by_tanh(&mut others);
        for (value, expected) in
            values
                .iter()
                .zip([-0.004_049_7, -0.154_268_8, 0.0, 0.345_731_2, 2.995_950_3])
        {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
        for (value, other) in values.iter().zip(others) {
            assert!((value - other).abs() < 1e-3, "{value} {other}");
        }
    }
}
