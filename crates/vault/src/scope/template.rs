//! Whether a path is what a template says, for every reader on its way.

/// Whether `path` (still percent-encoded) is one of those that `template` stands for.
pub(super) fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if is_hole(wanted) => {
                if !fills_a_hole(given) {
                    return false;
                }
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

fn is_hole(segment: &str) -> bool {
    segment.len() > 2 && segment.starts_with('{') && segment.ends_with('}')
}

/// One segment, also after somebody downstream decodes it, once or twice.
fn fills_a_hole(segment: &str) -> bool {
    let Some(decoded) = percent_decoded(segment) else {
        return false;
    };
    !decoded.is_empty()
        && decoded != b"."
        && !decoded.windows(2).any(|pair| pair == b"..")
        && !decoded
            .iter()
            .any(|b| matches!(b, b'/' | b'\\' | b'%' | b'?' | b'#') || b.is_ascii_control())
}

fn percent_decoded(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMENTS: &str = "/repos/{owner}/{repo}/issues/{n}/comments";

    #[test]
    fn a_hole_is_one_plain_segment() {
        assert!(matches(COMMENTS, "/repos/acme/widget/issues/7/comments"));
        assert!(matches(
            COMMENTS,
            "/repos/acme/widget.js/issues/a%20b/comments"
        ));
        for path in [
            "/repos/acme/widget/issues/7",
            "/repos/acme/widget/issues/7/comments/",
            "/repos/acme/widget/issues//comments",
            "/repos/acme/widget/issues/7/comments/8",
            "/repos/../widget/issues/7/comments",
            "/repos/a..b/widget/issues/7/comments",
            "/repos/%2e%2e/widget/issues/7/comments",
            "/repos/./widget/issues/7/comments",
            "/repos/a%2fb/widget/issues/7/comments",
            "/repos/a%2Fb/widget/issues/7/comments",
            "/repos/a%252fb/widget/issues/7/comments",
            "/repos/a%5cb/widget/issues/7/comments",
            "/repos/a%00/widget/issues/7/comments",
            "/repos/a%3fb/widget/issues/7/comments",
            "/repos/a%/widget/issues/7/comments",
            "/Repos/acme/widget/issues/7/comments",
            "repos/acme/widget/issues/7/comments",
            "",
        ] {
            assert!(!matches(COMMENTS, path), "{path}");
        }
        assert!(matches("/user", "/user"));
        assert!(!matches("/user", "/users"));
        assert!(!matches("/{}", "/x"));
    }

    proptest! {
        #[test]
        fn plain_segments_fit(owner in "[A-Za-z0-9_-]{1,20}", repo in "[A-Za-z0-9_-]{1,20}", n in 1..99_999u32) {
            let path = format!("/repos/{owner}/{repo}/issues/{n}/comments");
            prop_assert!(matches(COMMENTS, &path));
        }

        #[test]
        fn whatever_fits_means_the_same_to_a_url_parser(raw in "(/[a-zA-Z0-9.%/\\\\?#_~é-]{0,12}){1,7}") {
            if matches(COMMENTS, &raw) {
                let url = url::Url::parse(&format!("https://h{raw}")).expect("url");
                prop_assert_eq!(url.path().split('/').count(), 7);
                prop_assert!(url.query().is_none());
                prop_assert!(!url.path().to_ascii_lowercase().contains("%2f"));
            }
        }

        #[test]
        fn nothing_with_a_dot_dot_fits(a in "[a-z]{0,5}", b in "[a-z]{0,5}", dots in "(\\.|%2e|%2E){2,4}") {
            let path = format!("/repos/{a}{dots}{b}/widget/issues/7/comments");
            prop_assert!(!matches(COMMENTS, &path));
        }
    }
}
