//! Lists of names and values in one text.

/// Names and values of `NAME=VALUE,NAME=VALUE`, with special characters as `%20`. What is wrong is told
/// without the values, which may be keys.
pub(super) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let problem = "must be NAME=VALUE,NAME=VALUE, with special characters as %20.";
    text.split(',')
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(problem)?;
            let name = name.trim();
            if name.is_empty() {
                return Err(problem.to_owned());
            }
            let value = decoded(value.trim()).ok_or(problem)?;
            Ok((name.to_owned(), value))
        })
        .collect()
}

/// The text behind its percent signs.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn pairs_are_read_and_mistakes_do_not_repeat_them() {
        let read = pairs("authorization=Basic%20YWI6Yw==, x-scope = a%2Cb,").unwrap();
        let expected = [("authorization", "Basic YWI6Yw=="), ("x-scope", "a,b")];
        let expected: Vec<_> = expected.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        assert_eq!(read, expected);
        for wrong in ["secret-canary", "=secret-canary", "a=%zz", "a=%2"] {
            let problem = pairs(wrong).unwrap_err();
            assert!(!problem.contains("canary"), "{problem}");
        }
    }
}
