//! Patterns for `like … escape '!'`, from text that stands for itself.

/// Fits whatever has the text in it.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// Fits whatever begins with the text.
pub(crate) fn beginning(text: &str) -> String {
    format!("{}%", literal(text))
}

fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            literal.push('!');
        }
        literal.push(c);
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_no_pattern() {
        assert_eq!(containing("50% a_b!"), "%50!% a!_b!!%");
        assert_eq!(beginning("run_1"), "run!_1%");
    }
}
