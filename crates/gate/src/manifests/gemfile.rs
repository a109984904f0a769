//! `Gemfile`: it is Ruby and can do anything; only its plain lines are read.

use super::{Dependency, Manifest, Origin};

pub(super) fn parse(text: &str) -> Manifest {
    let mut out = Manifest::default();
    for line in text.lines() {
        let line = line.trim();
        let Some((word, rest)) = line.split_once([' ', '(']) else {
            continue;
        };
        match word {
            "source" | "git_source" | "git" | "path" | "eval_gemfile" => {
                out.sources.extend(quoted(rest).map(ToOwned::to_owned));
            }
            "gem" => {
                let mut strings = quoted(rest);
                let Some(name) = strings.next() else { continue };
                let elsewhere = [
                    "git:",
                    "github:",
                    "gist:",
                    "bitbucket:",
                    "source:",
                    ":git",
                    ":source",
                ]
                .iter()
                .any(|key| rest.contains(key));
                let folder = rest.contains("path:") || rest.contains(":path");
                let last = quoted(rest).last().unwrap_or_default().to_owned();
                out.dependencies.push(Dependency {
                    name: name.to_owned(),
                    range: strings
                        .next()
                        .filter(|range| range.contains(|c: char| c.is_ascii_digit()))
                        .unwrap_or_default()
                        .to_owned(),
                    origin: if elsewhere {
                        Origin::Elsewhere(last)
                    } else if folder {
                        Origin::Folder(last)
                    } else {
                        Origin::Registry
                    },
                });
            }
            _ => {}
        }
    }
    out
}

/// What stands between quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\''])
        .enumerate()
        .filter(|(at, _)| at % 2 == 1)
        .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_are_read() {
        let read = parse(
            "source 'https://rubygems.org'\ngem \"rails\", \"~> 7\"\ngem 'x', git: 'https://x/y'\n",
        );
        assert_eq!(read.sources, ["https://rubygems.org"]);
        assert_eq!(read.dependencies[0].range, "~> 7");
        assert_eq!(
            read.dependencies[1].origin,
            Origin::Elsewhere("https://x/y".into())
        );
    }
}
