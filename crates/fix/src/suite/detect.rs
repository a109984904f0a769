//! Finding how a repository tests itself: its files read as data, nothing of it run.

mod ci;
mod cmake;
pub(super) mod files;
mod jvm;
mod make;
mod native;
mod node;
mod python;

use gate::tree::Tree;

use super::candidate::{Candidate, Runner};
use files::Place;

pub(super) use make::MAKEFILES;

/// How much more a command counts when a workflow of the repository runs its like.
const CONFIRMED: u32 = 100;
/// How much less a project counts that is not at the root of the tree.
const BELOW: u32 = 30;
/// Candidates at most.
const MOST: usize = 24;

/// A candidate and how much speaks for it.
struct Found {
    rank: u32,
    candidate: Candidate,
}

impl Found {
    fn new(
        rank: u32,
        runner: Runner,
        argv: Vec<String>,
        place: &Place,
        file: &str,
        why: &str,
    ) -> Self {
        Self {
            rank: rank.saturating_sub(if place.is_root() { 0 } else { BELOW }),
            candidate: Candidate {
                argv,
                runner,
                from: place.path(file),
                why: why.to_owned(),
            },
        }
    }
}

/// How the repository tests itself, best first: by its package files, and by what its workflows run.
///
/// A package file at the root counts more than one in a directory, and what the workflows run as well
/// counts most. Of the workflows only plain commands of known test programs are taken, without a word
/// that names anything outside the tree.
#[must_use]
pub fn detect(tree: &Tree) -> Vec<Candidate> {
    let mut found = Vec::new();
    for place in files::places(tree) {
        native::look(tree, &place, &mut found);
        jvm::look(tree, &place, &mut found);
        node::look(tree, &place, &mut found);
        python::look(tree, &place, &mut found);
        make::look(tree, &place, &mut found);
    }
    cmake::look(tree, &mut found);
    for (nth, seen) in ci::commands(tree).into_iter().enumerate() {
        let family = family(&seen.argv);
        if nth < MOST {
            for other in &mut found {
                if other.rank < CONFIRMED && self::family(&other.candidate.argv) == family {
                    other.rank += CONFIRMED;
                    other.candidate.why = format!(
                        "{}; `{}` runs the like",
                        other.candidate.why,
                        seen.from.escape_ascii()
                    );
                }
            }
        }
        // Below what it confirms, above what nothing confirms.
        let rank = (CONFIRMED - 10).saturating_sub(u32::try_from(nth).unwrap_or(u32::MAX));
        found.push(Found {
            rank,
            candidate: seen,
        });
    }
    found.sort_by_key(|f| std::cmp::Reverse(f.rank));
    let mut out: Vec<Candidate> = Vec::new();
    for Found { candidate, .. } in found {
        if out.len() < MOST && out.iter().all(|c| c.argv != candidate.argv) {
            out.push(candidate);
        }
    }
    out
}

/// Which tool a command belongs to, however it is started.
fn family(argv: &[String]) -> &str {
    let program = argv.first().map_or("", String::as_str);
    match program.rsplit('/').next().unwrap_or(program) {
        "npm" | "pnpm" | "yarn" | "bun" | "npx" | "node" => "node",
        "python" | "python3" | "pytest" | "py.test" | "uv" | "poetry" | "pdm" | "hatch" | "tox"
        | "nox" => "python",
        "mvn" | "mvnw" => "maven",
        "gradle" | "gradlew" => "gradle",
        // The one shell line of ours.
        "sh" => "ctest",
        other => other,
    }
}

/// Owned words.
fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).into()
}

#[cfg(test)]
mod tests;
