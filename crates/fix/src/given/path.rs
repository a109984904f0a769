//! Paths as git writes them in a diff: bare, or in quotes with C's escapes (git-config(1), `core.quotePath`).

use gate::tree::Path;

/// What stands behind `---`, `+++`, or one half of `diff --git`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// `/dev/null`
    Nothing,
    /// A path, without its `a/` or `b/`.
    At(Path),
}

/// Reads the rest of a `---` or `+++` line, whose path has `prefix`.
pub(super) fn side(rest: &str, prefix: &str) -> Option<Side> {
    let text = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (path, after) = unquoted(quoted)?;
            if !after.trim_end_matches('\t').is_empty() {
                return None;
            }
            path
        }
        // A tab ends it; git puts one where the path has a space, diff(1) before the time.
        None => rest.split('\t').next().unwrap_or(rest).as_bytes().to_vec(),
    };
    if text == b"/dev/null" {
        return Some(Side::Nothing);
    }
    text.strip_prefix(prefix.as_bytes())
        .map(|path| Side::At(path.to_vec()))
}

/// Reads the rest of a `diff --git` line: the same path twice.
pub(super) fn both(rest: &str) -> Option<Path> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (old, after) = unquoted(quoted)?;
        let (new, after) = unquoted(after.strip_prefix(" \"")?)?;
        let (old, new) = (old.strip_prefix(b"a/")?, new.strip_prefix(b"b/")?);
        return (after.is_empty() && old == new).then(|| old.to_vec());
    }
    // `a/` + path + ` b/` + path: the length says where the middle is, whatever spaces the path has.
    let path = rest.len().checked_sub(5).filter(|both| both % 2 == 0)? / 2;
    let (old, new) = (rest.get(2..2 + path)?, rest.get(path + 5..)?);
    let framed = rest.starts_with("a/") && rest.get(2 + path..path + 5)? == " b/";
    (framed && old == new).then(|| old.as_bytes().to_vec())
}

/// What stands up to the closing quote, and what comes after it.
fn unquoted(text: &str) -> Option<(Path, &str)> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((out, text.get(at + 1..)?)),
            b'\\' => {
                let escape = *bytes.get(at + 1)?;
                let simple = match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => escape,
                    _ => {
                        let digits = text.get(at + 1..at + 4)?;
                        if !digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
                            return None;
                        }
                        out.push(u8::from_str_radix(digits, 8).ok()?);
                        at += 4;
                        continue;
                    }
                };
                out.push(simple);
                at += 2;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_git_writes_them() {
        let at = |path: &[u8]| Some(Side::At(path.to_vec()));
        assert_eq!(side("a/src/main.rs", "a/"), at(b"src/main.rs"));
        assert_eq!(side("b/a file\t", "b/"), at(b"a file"));
        assert_eq!(side("a/x\t2026-11-30 10:00", "a/"), at(b"x"));
        assert_eq!(side("/dev/null", "a/"), Some(Side::Nothing));
        assert_eq!(
            side(r#""a/\303\244\t\"\\""#, "a/"),
            at("ä\t\"\\".as_bytes())
        );
        for odd in [
            "src/main.rs",
            "b/x",
            r#""a/x"#,
            r#""a/\9""#,
            r#""a/\777""#,
            r#""a/x" y"#,
            "",
        ] {
            assert_eq!(side(odd, "a/"), None, "{odd}");
        }
        assert_eq!(both("a/x b/y b/x b/y"), Some(b"x b/y".to_vec()));
        assert_eq!(
            both(r#""a/\303\244" "b/\303\244""#),
            Some("ä".as_bytes().to_vec())
        );
        for odd in ["a/x b/y", "a/x", "", "a/é b/e", r#""a/x" "b/y""#, "x x"] {
            assert_eq!(both(odd), None, "{odd}");
        }
    }
}
