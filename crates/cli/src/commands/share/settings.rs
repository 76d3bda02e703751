//! What a share says and allows, as arguments.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// What a share says and allows.
#[derive(Debug, Args)]
pub struct Settings {
    /// The colour of the page, such as #1a6b4f; "" for Headwater's own
    #[arg(long, value_name = "COLOUR")]
    colour: Option<String>,
    /// What visitors read before they ask
    #[arg(long, value_name = "TEXT")]
    greeting: Option<String>,
    /// A question to begin with (repeatable; "" for none)
    #[arg(long = "starter", value_name = "QUESTION")]
    starters: Vec<String>,
    /// Who may use it
    #[arg(long)]
    audience: Option<Audience>,
    /// What is shown of the passages an answer rests on
    #[arg(long)]
    citations: Option<Citations>,
    /// A site that may embed the page, such as https://www.example.com (repeatable; "" for none)
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// The most runs of one visitor per minute
    #[arg(long, value_name = "COUNT")]
    visitor_per_minute: Option<u32>,
    /// The most runs of all visitors per day
    #[arg(long, value_name = "COUNT")]
    runs_per_day: Option<u32>,
    /// When it ends by itself, such as 2026-12-31T00:00:00Z; "" for never
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// Who may use a share.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Audience {
    /// Whoever has the address
    Anyone,
    /// Members who are signed in
    Members,
}

/// What visitors are shown of citations.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Citations {
    None,
    Passages,
    Links,
}

impl Settings {
    /// Puts what was given into a share's settings.
    pub fn join(&self, settings: &mut Value) {
        // An empty text takes away what may be absent.
        let or_null = |text: &String| match text.is_empty() {
            true => Value::Null,
            false => json!(text),
        };
        let audience = self.audience.map(|audience| match audience {
            Audience::Anyone => "anyone",
            Audience::Members => "members",
        });
        let citations = self.citations.map(|citations| match citations {
            Citations::None => "none",
            Citations::Passages => "passages",
            Citations::Links => "links",
        });
        let given = [
            ("colour", self.colour.as_ref().map(or_null)),
            ("greeting", self.greeting.as_ref().map(|text| json!(text))),
            ("starters", many(&self.starters)),
            ("audience", audience.map(|word| json!(word))),
            ("citations", citations.map(|word| json!(word))),
            ("origins", many(&self.origins)),
            (
                "visitor_per_minute",
                self.visitor_per_minute.map(|most| json!(most)),
            ),
            ("runs_per_day", self.runs_per_day.map(|most| json!(most))),
            ("expires_at", self.expires_at.as_ref().map(or_null)),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                settings[name] = value;
            }
        }
    }
}

/// All that were given; an empty one stands for none.
fn many(given: &[String]) -> Option<Value> {
    let said: Vec<&String> = given.iter().filter(|text| !text.is_empty()).collect();
    (!given.is_empty()).then(|| json!(said))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn joined(arguments: &[&str]) -> Value {
        let line = std::iter::once(&"share").chain(arguments);
        let line = Line::try_parse_from(line).unwrap();
        let mut settings =
            json!({ "name": "N", "colour": "#123456", "origins": ["https://a.example"] });
        line.settings.join(&mut settings);
        settings
    }

    #[test]
    fn what_is_not_given_stays() {
        let settings = joined(&["--audience", "members"]);
        assert_eq!(
            settings,
            json!({ "name": "N", "colour": "#123456", "origins": ["https://a.example"], "audience": "members" })
        );
    }

    #[test]
    fn an_empty_text_takes_away() {
        let settings = joined(&["--colour", "", "--origin", "", "--expires-at", ""]);
        assert_eq!(
            settings,
            json!({ "name": "N", "colour": null, "origins": [], "expires_at": null })
        );
    }
}
