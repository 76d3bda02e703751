//! BERT's forward pass. Texts lie one after the other in the same rows, so nothing is ever padded:
//! only attention looks at where one ends.

use std::ops::Range;

use headwater_model::Result;

use super::compute::{
    Matrix, Target, add_to_rows, fill_rows, gelu, gelu_by_tanh, multiply, normalise_rows, relu,
    softmax_rows,
};
use super::shape::{Activation, Shape};
use super::weights::{Numbers, Weights};

/// A matrix of weights with its bias: `x · weightᵀ + bias`.
struct Linear {
    weight: Numbers,
    bias: Numbers,
    input: usize,
    output: usize,
}

impl Linear {
    fn read(weights: &Weights, name: &str, input: usize, output: usize) -> Result<Self> {
        Ok(Self {
            weight: weights.take(&format!("{name}.weight"), &[output, input])?,
            bias: weights.take(&format!("{name}.bias"), &[output])?,
            input,
            output,
        })
    }

    /// `out = x · weightᵀ + bias`, or added to what is there.
    fn apply(&self, out: &mut [f32], x: &[f32], add: bool) {
        if add {
            add_to_rows(out, self.bias.as_slice());
        } else {
            fill_rows(out, self.bias.as_slice());
        }
        let weight = Matrix::new(self.weight.as_slice(), self.output, self.input, self.input);
        let target = Target {
            out,
            row_step: self.output,
            add: true,
        };
        let x = Matrix::new(x, x.len() / self.input, self.input, self.input);
        multiply(target, 1.0, x, weight.transposed());
    }
}

struct Norm {
    scale: Numbers,
    shift: Numbers,
}

impl Norm {
    fn read(weights: &Weights, name: &str, width: usize) -> Result<Self> {
        Ok(Self {
            scale: weights.take(&format!("{name}.weight"), &[width])?,
            shift: weights.take(&format!("{name}.bias"), &[width])?,
        })
    }

    fn apply(&self, rows: &mut [f32], epsilon: f32) {
        normalise_rows(rows, self.scale.as_slice(), self.shift.as_slice(), epsilon);
    }
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

impl Layer {
    fn read(weights: &Weights, index: usize, shape: &Shape) -> Result<Self> {
        let (width, inner) = (shape.width, shape.inner);
        let at = |part: &str| format!("encoder.layer.{index}.{part}");
        let linear = |part: &str, input, output| Linear::read(weights, &at(part), input, output);
        let norm = |part: &str| Norm::read(weights, &at(part), width);
        Ok(Self {
            query: linear("attention.self.query", width, width)?,
            key: linear("attention.self.key", width, width)?,
            value: linear("attention.self.value", width, width)?,
            attended: linear("attention.output.dense", width, width)?,
            attended_norm: norm("attention.output.LayerNorm")?,
            inner: linear("intermediate.dense", width, inner)?,
            outer: linear("output.dense", inner, width)?,
            outer_norm: norm("output.LayerNorm")?,
        })
    }
}

/// The weights of a model, ready to be used by many threads.
pub(super) struct Bert {
    shape: Shape,
    words: Numbers,
    positions: Numbers,
    types: Numbers,
    norm: Norm,
    layers: Vec<Layer>,
}

/// Room for what is computed on the way, as large as the rows it was used for last.
#[derive(Default)]
struct Room {
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    context: Vec<f32>,
    inner: Vec<f32>,
    scores: Vec<f32>,
}

impl Room {
    fn of(rows: usize, longest: usize, shape: &Shape) -> Self {
        let wide = || vec![0.0; rows * shape.width];
        Self {
            query: wide(),
            key: wide(),
            value: wide(),
            context: wide(),
            inner: vec![0.0; rows * shape.inner],
            scores: vec![0.0; longest * longest],
        }
    }
}

impl Bert {
    pub fn read(weights: &Weights, shape: Shape) -> Result<Self> {
        let (width, table) = (shape.width, |rows| [rows, shape.width]);
        let embedding = |part: &str, rows| {
            weights.take(
                &format!("embeddings.{part}_embeddings.weight"),
                &table(rows),
            )
        };
        Ok(Self {
            words: embedding("word", shape.vocabulary)?,
            positions: embedding("position", shape.positions)?,
            types: embedding("token_type", shape.types)?,
            norm: Norm::read(weights, "embeddings.LayerNorm", width)?,
            layers: (0..shape.layers)
                .map(|index| Layer::read(weights, index, &shape))
                .collect::<Result<_>>()?,
            shape,
        })
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The vectors of all tokens of all texts, one row each, and which rows belong to which text.
    /// Tokens are below the size of the vocabulary, texts neither empty nor longer than allowed.
    pub fn forward(&self, texts: &[Vec<u32>]) -> (Vec<f32>, Vec<Range<usize>>) {
        let mut rows = Vec::with_capacity(texts.len());
        let mut end = 0;
        for text in texts {
            rows.push(end..end + text.len());
            end += text.len();
        }
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        let mut x = self.embeddings(texts, end);
        let mut room = Room::of(end, longest, &self.shape);
        for layer in &self.layers {
            self.layer(layer, &mut x, &rows, &mut room);
        }
        (x, rows)
    }

    fn embeddings(&self, texts: &[Vec<u32>], count: usize) -> Vec<f32> {
        let width = self.shape.width;
        let row = |table: &Numbers, index: usize, into: &mut [f32]| {
            let from = &table.as_slice()[index * width..][..width];
            for (value, more) in into.iter_mut().zip(from) {
                *value += more;
            }
        };
        let mut x = vec![0.0; count * width];
        let tokens = texts.iter().flat_map(|text| text.iter().enumerate());
        for (into, (place, token)) in x.chunks_exact_mut(width).zip(tokens) {
            row(&self.words, *token as usize, into);
            row(&self.positions, place + self.shape.first_position, into);
            row(&self.types, 0, into);
        }
        self.norm.apply(&mut x, self.shape.epsilon);
        x
    }

    fn layer(&self, layer: &Layer, x: &mut [f32], rows: &[Range<usize>], room: &mut Room) {
        layer.query.apply(&mut room.query, x, false);
        layer.key.apply(&mut room.key, x, false);
        layer.value.apply(&mut room.value, x, false);
        for text in rows {
            self.attend(text, room);
        }
        layer.attended.apply(x, &room.context, true);
        layer.attended_norm.apply(x, self.shape.epsilon);
        layer.inner.apply(&mut room.inner, x, false);
        match self.shape.activation {
            Activation::Gelu => gelu(&mut room.inner),
            Activation::GeluByTanh => gelu_by_tanh(&mut room.inner),
            Activation::Relu => relu(&mut room.inner),
        }
        layer.outer.apply(x, &room.inner, true);
        layer.outer_norm.apply(x, self.shape.epsilon);
    }

    /// Every token of one text looks at all its tokens, once per head.
    fn attend(&self, text: &Range<usize>, room: &mut Room) {
        let (width, length) = (self.shape.width, text.len());
        let size = width / self.shape.heads;
        let scale = (size as f32).sqrt().recip();
        let scores = &mut room.scores[..length * length];
        for head in 0..self.shape.heads {
            let start = text.start * width + head * size;
            let part = start..start + (length - 1) * width + size;
            let query = Matrix::new(&room.query[part.clone()], length, size, width);
            let key = Matrix::new(&room.key[part.clone()], length, size, width);
            let target = Target {
                out: scores,
                row_step: length,
                add: false,
            };
            multiply(target, scale, query, key.transposed());
            softmax_rows(scores, length);
            let value = Matrix::new(&room.value[part.clone()], length, size, width);
            let target = Target {
                out: &mut room.context[part],
                row_step: width,
                add: false,
            };
            multiply(
                target,
                1.0,
                Matrix::new(scores, length, length, length),
                value,
            );
        }
    }
}
