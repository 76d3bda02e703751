//! The help of every command is a document: a change to it is seen.

use clap::CommandFactory;

use super::Cli;

/// The reference of the command line, as Markdown.
fn reference() -> String {
    let mut text = String::from(
        "# The command line: reference\n\nGenerated from the program; `headwater COMMAND --help` \
         prints the same.\n",
    );
    let mut root = Cli::command().term_width(100);
    root.build();
    describe(&mut root, &mut text);
    text
}

fn describe(command: &mut clap::Command, text: &mut String) {
    let help = command.render_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let name = command.get_bin_name().unwrap_or("headwater").to_owned();
    text.push_str(&format!(
        "\n## {name}\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    ));
    for inner in command.get_subcommands_mut() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            describe(inner, text);
        }
    }
}

#[test]
fn the_words_of_the_command_line_are_consistent() {
    Cli::command().debug_assert();
}

/// A positional argument that is called like a global option would be taken for it.
#[test]
fn no_command_has_an_argument_that_is_called_like_a_global_option() {
    fn check(command: &clap::Command, global: &[&str]) {
        for inner in command.get_subcommands() {
            for argument in inner.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(!global.contains(&id), "{}: {id}", inner.get_name());
            }
            check(inner, global);
        }
    }
    let root = Cli::command();
    let global: Vec<&str> = root.get_arguments().map(|a| a.get_id().as_str()).collect();
    check(&root, &global);
}

#[test]
fn the_reference_of_the_command_line_is_current() {
    is_current("cli.md", &reference());
}

#[test]
fn the_reference_of_the_configuration_is_current() {
    is_current("configuration.md", &crate::config::reference());
}

/// `INSTA_UPDATE=always` is how snapshots are accepted everywhere else, so here too.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether to accept the new text"
)]
fn is_current(name: &str, current: &str) {
    let path = format!("{}/../../docs/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference"))
            .unwrap();
        std::fs::write(&path, current).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == current,
        "docs/reference/{name} is not current: run `INSTA_UPDATE=always cargo test -p headwater` \
         and look at the difference"
    );
}
