//! Which issues a text names, and which it closes (docs.github.com, "Linking a pull request to an
//! issue"): `Fixes #7`, `closes owner/repo#7`, `Resolves: https://github.com/owner/repo/issues/7`.

use std::sync::LazyLock;

use regex::Regex;

/// A reference to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// `owner/name`; `None` for the repository the text stands in.
    pub(super) repo: Option<String>,
    pub(super) number: u64,
    /// A closing keyword stands before it.
    pub(super) closes: bool,
}

/// A reference with what may stand before it. Where the keyword is part of a longer word, `\b` fails.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        (?: \b (?<word> close[sd]? | fix(?:e[sd])? | resolve[sd]? ) :? \s+ )?
        (?: (?: https://github\.com/ (?<at> [\w.-]+ / [\w.-]+ ) /(?:issues|pull)/ )
          | (?: (?<slug> [\w.-]+ / [\w.-]+ )? \# ) )
        (?<number> \d+ ) \b",
    )
    .ok()
});

/// Every reference, in order; code and HTML comments are not read, as GitHub does not.
pub(super) fn links(text: &str) -> Vec<Link> {
    let text = spoken(text);
    let Some(pattern) = PATTERN.as_ref() else {
        return Vec::new();
    };
    pattern
        .captures_iter(&text)
        .filter_map(|found| {
            let repo = found.name("at").or_else(|| found.name("slug"));
            Some(Link {
                repo: repo.map(|slug| slug.as_str().to_owned()),
                number: found.name("number")?.as_str().parse().ok()?,
                closes: found.name("word").is_some(),
            })
        })
        .collect()
}

/// The text without HTML comments, fenced blocks and code spans.
fn spoken(text: &str) -> String {
    let mut out = text.to_owned();
    for (open, close) in [("<!--", "-->"), ("```", "```"), ("`", "`")] {
        let mut kept = String::new();
        let mut rest = out.as_str();
        while let Some((before, inside)) = rest.split_once(open) {
            kept.push_str(before);
            match inside.split_once(close) {
                Some((_, after)) => {
                    kept.push(' ');
                    rest = after;
                }
                // A comment that nobody ends hides the rest; a lone backtick is a backtick.
                None if open == "<!--" => rest = "",
                None => {
                    kept.push_str(open);
                    rest = inside;
                }
            }
        }
        kept.push_str(rest);
        out = kept;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_close_and_names_alone_do_not() {
        let told = |text: &str| -> Vec<(Option<String>, u64, bool)> {
            links(text)
                .into_iter()
                .map(|link| (link.repo, link.number, link.closes))
                .collect()
        };
        assert_eq!(told("Fixes #7"), [(None, 7, true)]);
        assert_eq!(
            told("see #1, resolves: acme/widget#2 and\nhttps://github.com/a/b/issues/3"),
            [
                (None, 1, false),
                (Some("acme/widget".to_owned()), 2, true),
                (Some("a/b".to_owned()), 3, false)
            ]
        );
        assert_eq!(told("prefixes #4"), [(None, 4, false)]);
        assert_eq!(
            told("`Fixes #5` <!-- closes #6 -->\n```\nfixes #7\n```"),
            []
        );
        assert_eq!(told("Closes#8"), [(None, 8, false)]);
        assert_eq!(told("a ` fixes #9"), [(None, 9, true)]);
        assert_eq!(told("<!-- fixes #9"), []);
    }
}
