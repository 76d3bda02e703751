//! What a model's directory says about it: sizes, pooling, and what is put before texts.

use std::path::Path;

use headwater_model::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::prefix::Prefixes;

/// The largest of the small files.
const LARGEST: u64 = 1024 * 1024;

/// `config.json`, as far as it matters.
#[derive(Debug, Deserialize)]
struct Written {
    model_type: String,
    #[serde(default, rename = "_name_or_path")]
    name: String,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    #[serde(default = "gelu")]
    hidden_act: String,
    max_position_embeddings: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "epsilon")]
    layer_norm_eps: f32,
    #[serde(default)]
    pad_token_id: usize,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

fn gelu() -> String {
    "gelu".to_owned()
}

fn two() -> usize {
    2
}

fn epsilon() -> f32 {
    1e-12
}

/// How the inner layer bends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    Gelu,
    GeluByTanh,
    Relu,
}

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The first token's.
    First,
    /// Their mean.
    Mean,
}

/// All that is needed to read the weights and to use them.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub vocabulary: usize,
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    pub inner: usize,
    pub positions: usize,
    pub types: usize,
    /// The position of a text's first token.
    pub first_position: usize,
    pub epsilon: f32,
    pub activation: Activation,
    pub pooling: Pooling,
    /// The most tokens of a text, the special ones included.
    pub max_tokens: usize,
    pub prefixes: Prefixes,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    /// As later versions write it.
    #[serde(default)]
    pooling_mode: Option<String>,
}

#[derive(Default, Deserialize)]
struct Sentence {
    max_seq_length: Option<usize>,
}

#[derive(Default, Deserialize)]
struct TokenizerFile {
    model_max_length: Option<f64>,
}

#[derive(Default, Deserialize)]
struct PromptsFile {
    #[serde(default)]
    prompts: std::collections::HashMap<String, Option<String>>,
}

impl Shape {
    /// Reads the small files of a model's directory; `name` is what the model is called here.
    pub fn read(dir: &Path, name: &str) -> Result<Self> {
        let written: Written = required(dir, "config.json")?;
        written.check()?;
        let roberta = written.model_type != "bert";
        let first_position = if roberta { written.pad_token_id + 1 } else { 0 };
        let most = written
            .max_position_embeddings
            .saturating_sub(first_position);
        let sentence: Sentence = optional(dir, "sentence_bert_config.json")?.unwrap_or_default();
        let tokenizer: TokenizerFile = optional(dir, "tokenizer_config.json")?.unwrap_or_default();
        // Some write 1e30 for “whatever the model takes”.
        let told = tokenizer.model_max_length.map(|most| most as usize);
        let max_tokens = sentence.max_seq_length.or(told).unwrap_or(most).min(most);
        if max_tokens < 3 {
            return Err(refuse(
                "The model reads no tokens: max_seq_length of sentence_bert_config.json, or \
                 max_position_embeddings of config.json, is too small.",
            ));
        }
        Ok(Self {
            vocabulary: written.vocab_size,
            width: written.hidden_size,
            layers: written.num_hidden_layers,
            heads: written.num_attention_heads,
            inner: written.intermediate_size,
            positions: written.max_position_embeddings,
            types: written.type_vocab_size,
            first_position,
            epsilon: written.layer_norm_eps,
            activation: activation(&written.hidden_act)?,
            pooling: pooling(dir)?,
            max_tokens,
            prefixes: prefixes(dir, &[name, &written.name])?,
        })
    }
}

impl Written {
    fn check(&self) -> Result<()> {
        let kind = self.model_type.as_str();
        if !matches!(kind, "bert" | "roberta" | "xlm-roberta") {
            return Err(refuse(format!(
                "The model is a “{kind}”; only bert, roberta and xlm-roberta run here. Choose \
                 another one, such as sentence-transformers/all-MiniLM-L6-v2."
            )));
        }
        let absolute = self
            .position_embedding_type
            .as_deref()
            .unwrap_or("absolute");
        if absolute != "absolute" {
            return Err(refuse(format!(
                "The model's positions are “{absolute}”; only absolute ones are supported."
            )));
        }
        let sizes = [
            self.vocab_size,
            self.hidden_size,
            self.num_hidden_layers,
            self.num_attention_heads,
            self.intermediate_size,
            self.max_position_embeddings,
            self.type_vocab_size,
        ];
        let whole = self
            .hidden_size
            .is_multiple_of(self.num_attention_heads.max(1));
        if sizes.contains(&0) || sizes.iter().any(|size| *size > 2_000_000) || !whole {
            return Err(refuse("config.json has sizes that no model has."));
        }
        Ok(())
    }
}

fn activation(name: &str) -> Result<Activation> {
    match name {
        "gelu" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Activation::GeluByTanh),
        "relu" => Ok(Activation::Relu),
        other => Err(refuse(format!(
            "hidden_act of config.json is “{other}”; gelu, gelu_new and relu are supported."
        ))),
    }
}

/// How tokens become a vector. Without a word about it the mean, as sentence-transformers has it.
fn pooling(dir: &Path) -> Result<Pooling> {
    const PLACE: &str = "1_Pooling";
    let modules: Vec<Module> = optional(dir, "modules.json")?.unwrap_or_default();
    let mut named = None;
    for module in &modules {
        match module.kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" | "Normalize" | "Dropout" => {}
            "Pooling" => named = Some(module.path.as_str()),
            other => {
                return Err(refuse(format!(
                    "modules.json has a “{other}”, which is not supported: only Transformer, \
                     Pooling and Normalize are."
                )));
            }
        }
    }
    if named.is_some_and(|path| path != PLACE) {
        return Err(refuse(format!(
            "modules.json has its pooling elsewhere than in {PLACE}, which is not supported."
        )));
    }
    let Some(file) = optional::<PoolingFile>(dir, &format!("{PLACE}/config.json"))? else {
        return match named {
            Some(_) => Err(refuse(format!("There is no {PLACE}/config.json."))),
            None => Ok(Pooling::Mean),
        };
    };
    let mode = file.pooling_mode.as_deref();
    match (file.pooling_mode_cls_token, file.pooling_mode_mean_tokens) {
        (true, false) => Ok(Pooling::First),
        (false, true) => Ok(Pooling::Mean),
        (false, false) if mode == Some("cls") => Ok(Pooling::First),
        (false, false) if mode == Some("mean") => Ok(Pooling::Mean),
        _ => Err(refuse(format!(
            "{PLACE}/config.json pools in a way that is not supported: only the first token or the \
             mean is."
        ))),
    }
}

/// As `config_sentence_transformers.json` says, or as the model's family is known to want it.
fn prefixes(dir: &Path, names: &[&str]) -> Result<Prefixes> {
    let file: PromptsFile = optional(dir, "config_sentence_transformers.json")?.unwrap_or_default();
    let said = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|name| file.prompts.get(*name)?.clone());
        found.filter(|text| !text.is_empty())
    };
    let query = said(&["query", "search_query"]);
    let passage = said(&["passage", "document", "search_document"]);
    if query.is_some() || passage.is_some() {
        return Ok(Prefixes {
            query: query.unwrap_or_default().into(),
            passage: passage.unwrap_or_default().into(),
        });
    }
    let known = names.iter().map(|name| Prefixes::known(name));
    Ok(known
        .into_iter()
        .find(|known| !known.is_empty())
        .unwrap_or_default())
}

fn required<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<T> {
    optional(dir, name)?.ok_or_else(|| {
        refuse(format!(
            "There is no {name}. Name the directory of a sentence-transformers model, which has \
             config.json, tokenizer.json and model.safetensors."
        ))
    })
}

fn optional<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Option<T>> {
    let path = dir.join(name);
    let size = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(format!("{name} cannot be read: {error}."))),
    };
    if size > LARGEST {
        return Err(refuse(format!(
            "{name} is too large to be what it should be."
        )));
    }
    let bytes =
        std::fs::read(&path).map_err(|error| refuse(format!("{name} cannot be read: {error}.")))?;
    let read = serde_json::from_slice(&bytes);
    read.map(Some)
        .map_err(|error| refuse(format!("{name} is not as it should be: {error}.")))
}

pub(super) fn refuse(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::invalid("model", message)
}
