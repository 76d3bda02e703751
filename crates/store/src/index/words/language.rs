//! The languages whose words can be reduced to stems, and which one a text is in.

use frostem::{Algorithm, Stemmer};
use tantivy::tokenizer::Language as Stops;
use whatlang::{Lang, Script};

/// So much of a text tells its language, in bytes.
const TELLING: usize = 4_096;
/// Below this a detector of languages is guessing.
const SURE: f64 = 0.9;

/// A language that the index knows how to read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::index) struct Language {
    /// ISO 639-1.
    pub(in crate::index) code: &'static str,
    detected: Lang,
    algorithm: Option<Algorithm>,
    pub(super) stops: Option<Stops>,
}

macro_rules! languages {
    ($($code:literal $detected:ident $algorithm:expr, $stops:expr;)*) => {
        const ALL: &[Language] = &[$(Language {
            code: $code, detected: Lang::$detected, algorithm: $algorithm, stops: $stops,
        }),*];
    };
}

languages! {
    "en" Eng Some(Algorithm::English), Some(Stops::English);
    "ar" Ara Some(Algorithm::Arabic), None;
    "hy" Hye Some(Algorithm::Armenian), None;
    "ca" Cat Some(Algorithm::Catalan), None;
    "cs" Ces Some(Algorithm::Czech), None;
    "da" Dan Some(Algorithm::Danish), Some(Stops::Danish);
    "de" Deu Some(Algorithm::German), Some(Stops::German);
    "el" Ell Some(Algorithm::Greek), None;
    "es" Spa Some(Algorithm::Spanish), Some(Stops::Spanish);
    "et" Est Some(Algorithm::Estonian), None;
    "fa" Pes Some(Algorithm::Persian), None;
    "fi" Fin Some(Algorithm::Finnish), Some(Stops::Finnish);
    "fr" Fra Some(Algorithm::French), Some(Stops::French);
    "hi" Hin Some(Algorithm::Hindi), None;
    "hu" Hun Some(Algorithm::Hungarian), Some(Stops::Hungarian);
    "id" Ind Some(Algorithm::Indonesian), None;
    "it" Ita Some(Algorithm::Italian), Some(Stops::Italian);
    "lt" Lit Some(Algorithm::Lithuanian), None;
    "nb" Nob Some(Algorithm::Norwegian), Some(Stops::Norwegian);
    "ne" Nep Some(Algorithm::Nepali), None;
    "nl" Nld Some(Algorithm::Dutch), Some(Stops::Dutch);
    "pl" Pol Some(Algorithm::Polish), None;
    "pt" Por Some(Algorithm::Portuguese), Some(Stops::Portuguese);
    "ro" Ron Some(Algorithm::Romanian), None;
    "ru" Rus Some(Algorithm::Russian), Some(Stops::Russian);
    "sr" Srp Some(Algorithm::Serbian), None;
    "sv" Swe Some(Algorithm::Swedish), Some(Stops::Swedish);
    "ta" Tam Some(Algorithm::Tamil), None;
    "tr" Tur Some(Algorithm::Turkish), None;
    // Their words have no endings to cut, or nobody wrote down how.
    "bg" Bul None, None;
    "he" Heb None, None;
    "ja" Jpn None, None;
    "ko" Kor None, None;
    "th" Tha None, None;
    "uk" Ukr None, None;
    "vi" Vie None, None;
    "zh" Cmn None, None;
}

impl Language {
    /// By its code; English for one that is not known, since its endings harm other languages least.
    pub(in crate::index) fn of_code(code: &str) -> Self {
        let known = ALL.iter().find(|language| language.code == code);
        known.copied().unwrap_or(ALL[0])
    }

    /// The language a text is in; English where too little of it tells.
    pub(in crate::index) fn of_text(text: &str) -> Self {
        let Some(info) = whatlang::detect(&text[..text.floor_char_boundary(TELLING)]) else {
            return ALL[0];
        };
        // A script that few languages use tells enough.
        let sure = info.confidence() > SURE || info.script() != Script::Latin;
        let known = ALL.iter().find(|known| known.detected == info.lang());
        match known {
            Some(known) if sure => *known,
            _ => ALL[0],
        }
    }

    /// A word without its endings.
    pub(super) fn stem(self, word: &str) -> String {
        match self.algorithm {
            Some(algorithm) => Stemmer::new(algorithm).stem(word).into_owned(),
            None => word.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_some_length_tells_its_language() {
        for (text, code) in [
            (
                "The pump has to be greased every ninety days, and its filter cleaned.",
                "en",
            ),
            (
                "Die Pumpe muss alle neunzig Tage geschmiert und der Filter gereinigt werden.",
                "de",
            ),
            (
                "La pompe doit être graissée tous les quatre-vingt-dix jours par le service.",
                "fr",
            ),
            ("Насос нужно смазывать каждые девяносто дней.", "ru"),
            ("ポンプは九十日ごとに注油しなければなりません。", "ja"),
            ("يجب تشحيم المضخة كل تسعين يوما وتنظيف المرشح", "ar"),
            ("pump 7", "en"),
            ("", "en"),
        ] {
            assert_eq!(Language::of_text(text).code, code, "{text}");
        }
        assert_eq!(Language::of_code("xx").code, "en");
    }
}
