//! robots.txt, as RFC 9309 has it: the group for us, or the one for everybody; of its rules the longest
//! that fits decides, and of two equally long ones that which allows.

use super::pattern;

/// How much of a file is read, in bytes.
const MOST: usize = 1024 * 1024;
/// The longest pause between two calls that is kept, in milliseconds.
const LONGEST_PAUSE: u64 = 30_000;

/// What a site asks of one caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    /// Whether it allows, and the path as a pattern.
    rules: Vec<(bool, String)>,
    /// How long to wait between two calls, in milliseconds.
    pub pause_ms: u64,
}

impl Robots {
    /// Reads what is for `agent`, a product's name.
    pub fn read(text: &str, agent: &str) -> Self {
        let end = text.char_indices().map(|(at, _)| at).find(|at| *at > MOST);
        let text = &text[..end.unwrap_or(text.len())];
        let (mut ours, mut all) = (Self::default(), Self::default());
        let (mut for_us, mut for_all, mut named) = (false, false, false);
        let (mut heard, mut rules_began) = (false, true);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if rules_began {
                    (for_us, for_all, rules_began) = (false, false, false);
                }
                for_all |= value == "*";
                for_us |= value.eq_ignore_ascii_case(agent);
                named |= for_us;
                heard = true;
                continue;
            }
            if !heard || !matches!(key.as_str(), "allow" | "disallow" | "crawl-delay") {
                continue;
            }
            rules_began = true;
            for (mine, group) in [(for_us, &mut ours), (for_all, &mut all)] {
                if mine {
                    group.take(&key, value);
                }
            }
        }
        if named { ours } else { all }
    }

    fn take(&mut self, key: &str, value: &str) {
        match key {
            "crawl-delay" => {
                let seconds: f64 = value.parse().unwrap_or(0.0);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast of a float saturates"
                )]
                let millis = (seconds * 1_000.0) as u64;
                self.pause_ms = millis.min(LONGEST_PAUSE);
            }
            // A rule without a path says nothing.
            _ if value.is_empty() => {}
            _ => self.rules.push((key == "allow", value.to_owned())),
        }
    }

    /// Whether a path, with its query, may be called.
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let fitting = self.rules.iter().filter(|(_, rule)| reaches(rule, path));
        fitting
            .max_by_key(|(allows, rule)| (rule.len(), *allows))
            .is_none_or(|(allows, _)| *allows)
    }
}

/// Whether a rule is about a path: from its beginning, and to its end when the rule ends in `$`.
fn reaches(rule: &str, path: &str) -> bool {
    match rule.strip_suffix('$') {
        Some(whole) => pattern::fits(whole, path),
        None => pattern::fits(&format!("{rule}*"), path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\u{feff}# hello
User-agent: other
User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Disallow: /search?
Crawl-delay: 2

User-Agent: Headwater
Disallow: /for-people
Disallow:
sitemap: https://x.org/sitemap.xml
Allow: /for-people/and-us # as agreed
crawl-delay: 0.5
";

    #[test]
    fn the_group_for_everybody_holds_for_whoever_is_not_named() {
        let robots = Robots::read(FILE, "somebody");
        for (path, allowed) in [
            ("/", true),
            ("/private/a", false),
            ("/private", true),
            ("/private/open/a", true),
            ("/a/b.pdf", false),
            ("/a/b.pdf?x", true),
            ("/search?q=x", false),
            ("/searching", true),
            ("/for-people", true),
        ] {
            assert_eq!(robots.allows(path), allowed, "{path}");
        }
        assert_eq!(robots.pause_ms, 2_000);
    }

    #[test]
    fn the_group_that_names_us_is_the_only_one() {
        let robots = Robots::read(FILE, "headwater");
        assert!(robots.allows("/private/a"));
        assert!(!robots.allows("/for-people") && robots.allows("/for-people/and-us/a"));
        assert_eq!(robots.pause_ms, 500);
    }

    #[test]
    fn nothing_said_is_everything_allowed() {
        for text in [
            "",
            "Disallow: /",
            "User-agent: *\nDisallow:",
            "<html>no such page</html>",
        ] {
            assert!(Robots::read(text, "headwater").allows("/a"), "{text}");
        }
        let all = Robots::read("user-agent: *\ndisallow: /", "headwater");
        assert!(!all.allows("/a") && all.allows("/robots.txt"));
        let tie = Robots::read("user-agent: *\ndisallow: /a\nallow: /a", "headwater");
        assert!(tie.allows("/a"));
        let slow = Robots::read("user-agent: *\ncrawl-delay: 86400", "headwater");
        assert_eq!(slow.pause_ms, LONGEST_PAUSE);
    }

    #[test]
    fn groups_of_one_name_are_one() {
        let text = "user-agent: a\ndisallow: /1\n\nuser-agent: b\ndisallow: /2\nuser-agent: a\ndisallow: /3";
        let robots = Robots::read(text, "a");
        assert!(!robots.allows("/1") && robots.allows("/2") && !robots.allows("/3"));
    }
}
