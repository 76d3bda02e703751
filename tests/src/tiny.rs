//! A tiny BERT with weights of chance: a whole sentence-transformers directory of some kilobytes, made
//! in a moment. It knows nothing, but it computes as the large ones do.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// Of its vectors.
pub const WIDTH: usize = 32;
const INNER: usize = 64;
const LAYERS: usize = 2;
const POSITIONS: usize = 48;
/// The most tokens it reads, as `sentence_bert_config.json` says.
pub const MAX_TOKENS: usize = 24;

/// What is different about it.
#[derive(Clone, Copy, Debug)]
pub struct Tiny {
    pub model_type: &'static str,
    /// `F32` or `BF16`.
    pub dtype: &'static str,
    /// `cls` or `mean`.
    pub pooling: &'static str,
    /// Where the weights begin by chance.
    pub seed: u32,
}

impl Default for Tiny {
    fn default() -> Self {
        Self {
            model_type: "bert",
            dtype: "F32",
            pooling: "mean",
            seed: 1,
        }
    }
}

impl Tiny {
    /// Writes the directory.
    pub fn write(&self, dir: &Path) {
        fs::create_dir_all(dir.join("1_Pooling")).unwrap();
        let vocabulary = vocabulary();
        let write = |name: &str, value: Value| {
            fs::write(dir.join(name), serde_json::to_vec_pretty(&value).unwrap()).unwrap();
        };
        write(
            "config.json",
            json!({
                "model_type": self.model_type, "vocab_size": vocabulary.len(), "hidden_size": WIDTH,
                "num_hidden_layers": LAYERS, "num_attention_heads": 4, "intermediate_size": INNER,
                "hidden_act": "gelu", "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
                "layer_norm_eps": 1e-12, "pad_token_id": 0,
            }),
        );
        write(
            "sentence_bert_config.json",
            json!({ "max_seq_length": MAX_TOKENS }),
        );
        let module = |path: &str, kind: &str| json!({ "path": path, "type": format!("sentence_transformers.models.{kind}") });
        write(
            "modules.json",
            json!([module("", "Transformer"), module("1_Pooling", "Pooling")]),
        );
        write(
            "1_Pooling/config.json",
            json!({
                "pooling_mode_cls_token": self.pooling == "cls",
                "pooling_mode_mean_tokens": self.pooling == "mean",
            }),
        );
        write("tokenizer.json", tokenizer(&vocabulary));
        fs::write(
            dir.join("model.safetensors"),
            self.weights(vocabulary.len()),
        )
        .unwrap();
    }

    /// The format: the length of a header, the header in JSON, the numbers.
    fn weights(&self, vocabulary: usize) -> Vec<u8> {
        let mut shapes = vec![
            (
                "embeddings.word_embeddings.weight".to_owned(),
                vec![vocabulary, WIDTH],
            ),
            (
                "embeddings.position_embeddings.weight".to_owned(),
                vec![POSITIONS, WIDTH],
            ),
            (
                "embeddings.token_type_embeddings.weight".to_owned(),
                vec![2, WIDTH],
            ),
        ];
        norm(&mut shapes, "embeddings.LayerNorm");
        for layer in 0..LAYERS {
            let at = |part: &str| format!("encoder.layer.{layer}.{part}");
            for part in ["self.query", "self.key", "self.value", "output.dense"] {
                linear(&mut shapes, &at(&format!("attention.{part}")), WIDTH, WIDTH);
            }
            norm(&mut shapes, &at("attention.output.LayerNorm"));
            linear(&mut shapes, &at("intermediate.dense"), WIDTH, INNER);
            linear(&mut shapes, &at("output.dense"), INNER, WIDTH);
            norm(&mut shapes, &at("output.LayerNorm"));
        }
        let mut chance = Chance(self.seed);
        let (mut header, mut numbers) = (serde_json::Map::new(), Vec::new());
        for (name, shape) in shapes {
            let start = numbers.len();
            let is_scale = name.ends_with("LayerNorm.weight");
            for _ in 0..shape.iter().product::<usize>() {
                let value = if is_scale { 1.0 } else { chance.next() };
                match self.dtype {
                    // The upper half of a 32-bit number.
                    "BF16" => numbers.extend(&value.to_le_bytes()[2..]),
                    _ => numbers.extend(value.to_le_bytes()),
                }
            }
            let offsets = [start, numbers.len()];
            let about = json!({ "dtype": self.dtype, "shape": shape, "data_offsets": offsets });
            header.insert(name, about);
        }
        let mut header = Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let length = u64::try_from(header.len()).unwrap();
        [length.to_le_bytes().to_vec(), header, numbers].concat()
    }
}

type Shapes = Vec<(String, Vec<usize>)>;

fn linear(shapes: &mut Shapes, name: &str, input: usize, output: usize) {
    shapes.push((format!("{name}.weight"), vec![output, input]));
    shapes.push((format!("{name}.bias"), vec![output]));
}

fn norm(shapes: &mut Shapes, name: &str) {
    shapes.push((format!("{name}.weight"), vec![WIDTH]));
    shapes.push((format!("{name}.bias"), vec![WIDTH]));
}

/// Letters, and a few words.
fn vocabulary() -> Vec<String> {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned);
    let words = ["a", "bird", "river", "the", "fish", "query", "passage", ":"].map(str::to_owned);
    let letters = ('a'..='z').flat_map(|letter| [letter.to_string(), format!("##{letter}")]);
    let mut all: Vec<String> = special.into_iter().chain(words).collect();
    for letter in letters {
        if !all.contains(&letter) {
            all.push(letter);
        }
    }
    all
}

/// With the padding and the truncation that such files are shipped with.
fn tokenizer(vocabulary: &[String]) -> Value {
    let ids: serde_json::Map<String, Value> = vocabulary
        .iter()
        .enumerate()
        .map(|(id, word)| (word.clone(), json!(id)))
        .collect();
    let special = |id: usize| {
        json!({ "id": id, "content": vocabulary[id], "special": true, "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false })
    };
    let sign = |name: &str| json!({ "SpecialToken": { "id": name, "type_id": 0 } });
    let known = |id: usize| {
        let name = &vocabulary[id];
        json!({ "id": name, "ids": [id], "tokens": [name] })
    };
    json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0 },
        "padding": { "strategy": { "Fixed": 8 }, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]" },
        "added_tokens": [special(0), special(1), special(2), special(3)],
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing",
            "single": [sign("[CLS]"), { "Sequence": { "id": "A", "type_id": 0 } }, sign("[SEP]")],
            "pair": [sign("[CLS]"), { "Sequence": { "id": "A", "type_id": 0 } }, sign("[SEP]"),
                { "Sequence": { "id": "B", "type_id": 1 } }, sign("[SEP]")],
            "special_tokens": { "[CLS]": known(2), "[SEP]": known(3) } },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": ids },
    })
}

struct Chance(u32);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.6
    }
}
