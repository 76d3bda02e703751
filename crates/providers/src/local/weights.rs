//! A model's weights: mapped from the file where they lie as they are used, converted otherwise.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};
use headwater_model::{Error, Result};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

/// The numbers of one tensor.
#[derive(Clone)]
pub(super) enum Numbers {
    /// Bytes of the file.
    Mapped {
        map: Arc<Mmap>,
        start: usize,
        end: usize,
    },
    Owned(Vec<f32>),
}

impl Numbers {
    pub fn as_slice(&self) -> &[f32] {
        match self {
            // That the bytes are whole and aligned numbers was checked when they were found.
            Self::Mapped { map, start, end } => {
                bytemuck::try_cast_slice(&map[*start..*end]).unwrap_or_default()
            }
            Self::Owned(numbers) => numbers,
        }
    }
}

/// An open file of weights.
pub(super) struct Weights {
    map: Arc<Mmap>,
    /// What stands before all names, such as `bert.`.
    prefix: &'static str,
}

/// What models of this kind put before their names.
const PREFIXES: [&str; 4] = ["", "bert.", "roberta.", "model."];

impl Weights {
    /// Maps the file and reads its header.
    pub fn open(path: &Path) -> Result<Self> {
        let damaged = |error: &dyn std::fmt::Display| {
            let message =
                format!("model.safetensors is damaged ({error}). Download the model again.");
            Error::invalid("model", message)
        };
        let file = File::open(path).map_err(|error| damaged(&error))?;
        #[expect(unsafe_code, reason = "mapping a file")]
        // SAFETY: the file lies in the data directory, where Headwater alone writes, and never
        // changes or shrinks once it is there: a model that is removed is unlinked.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| damaged(&error))?;
        let tensors = SafeTensors::deserialize(&map).map_err(|error| damaged(&error))?;
        let has = |prefix: &&&str| {
            let name = format!("{prefix}embeddings.word_embeddings.weight");
            tensors.tensor(&name).is_ok()
        };
        let prefix = PREFIXES.iter().find(has).copied().ok_or_else(|| {
            Error::invalid(
                "model",
                "model.safetensors has no word embeddings where BERT has them. Choose a BERT \
                 model, such as sentence-transformers/all-MiniLM-L6-v2.",
            )
        })?;
        Ok(Self {
            map: Arc::new(map),
            prefix,
        })
    }

    /// The numbers of a tensor, which must have this shape.
    pub fn take(&self, name: &str, shape: &[usize]) -> Result<Numbers> {
        let name = format!("{}{name}", self.prefix);
        let tensors = SafeTensors::deserialize(&self.map).map_err(Error::internal)?;
        let tensor = tensors.tensor(&name).map_err(|_| {
            let message = format!("model.safetensors has no “{name}”, which BERT needs.");
            Error::invalid("model", message)
        })?;
        if tensor.shape() != shape {
            let message = format!(
                "“{name}” of model.safetensors is {:?} where config.json says {shape:?}. The files \
                 are of different models; download the model again.",
                tensor.shape()
            );
            return Err(Error::invalid("model", message));
        }
        self.numbers(&name, tensor.dtype(), tensor.data())
    }

    fn numbers(&self, name: &str, dtype: Dtype, data: &[u8]) -> Result<Numbers> {
        match dtype {
            Dtype::F32 if bytemuck::try_cast_slice::<u8, f32>(data).is_ok() => {
                let start = data.as_ptr().addr() - self.map.as_ptr().addr();
                Ok(Numbers::Mapped {
                    map: Arc::clone(&self.map),
                    start,
                    end: start + data.len(),
                })
            }
            Dtype::F32 => Ok(each::<4>(data, f32::from_le_bytes)),
            Dtype::F16 => Ok(each::<2>(data, |bytes| f16::from_le_bytes(bytes).to_f32())),
            Dtype::BF16 => Ok(each::<2>(data, |bytes| bf16::from_le_bytes(bytes).to_f32())),
            other => Err(Error::invalid(
                "model",
                format!(
                    "“{name}” of model.safetensors is in {other:?}; only F32, F16 and BF16 are read."
                ),
            )),
        }
    }
}

fn each<const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f32) -> Numbers {
    let (numbers, _) = data.as_chunks::<N>();
    Numbers::Owned(numbers.iter().map(|bytes| read(*bytes)).collect())
}
