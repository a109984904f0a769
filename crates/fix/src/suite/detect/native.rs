//! Cargo and Go: their own tools name every test.

use gate::tree::Tree;

use super::files::{Place, is_plain};
use super::{Found, words};
use crate::suite::candidate::Runner;

/// Modules of a `go.work` that are followed.
const MOST_MODULES: usize = 50;

pub(super) fn look(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    cargo(tree, place, found);
    go(tree, place, found);
}

fn cargo(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    // Below a workspace there are its members.
    if !place.has(tree, "Cargo.toml") || place.is_below_a(tree, "Cargo.toml") {
        return;
    }
    // Without `--no-fail-fast` the first failing binary hides the tests of all that come after it.
    let mut argv = words(["cargo", "test", "--workspace", "--no-fail-fast"]);
    if !place.is_root() {
        argv.push("--manifest-path".to_owned());
        argv.push(format!("{}/Cargo.toml", place.dir()));
    }
    found.push(Found::new(
        60,
        Runner::Cargo,
        argv,
        place,
        "Cargo.toml",
        "a Cargo package or workspace",
    ));
}

fn go(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    if place.is_root()
        && let Some(text) = place.text(tree, "go.work")
    {
        let modules = modules(text);
        if !modules.is_empty() {
            let mut argv = words(["go", "test", "-v"]);
            argv.extend(modules);
            let why = "a Go workspace, with these modules";
            found.push(Found::new(59, Runner::Go, argv, place, "go.work", why));
        }
    }
    if place.has(tree, "go.mod") {
        let argv = if place.is_root() {
            words(["go", "test", "-v", "./..."])
        } else {
            words(["go", "-C", place.dir(), "test", "-v", "./..."])
        };
        found.push(Found::new(
            58,
            Runner::Go,
            argv,
            place,
            "go.mod",
            "a Go module",
        ));
    }
}

/// The packages of the modules that a `go.work` uses, as far as they are inside the tree.
fn modules(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut block = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let path = match line.strip_prefix("use") {
            Some(rest) if rest.trim() == "(" => {
                block = true;
                continue;
            }
            Some(rest) if rest.starts_with([' ', '\t']) => rest.trim(),
            _ if line == ")" => {
                block = false;
                continue;
            }
            _ if block => line,
            _ => continue,
        };
        let path = path.trim_matches('"');
        let path = path
            .strip_prefix("./")
            .unwrap_or(path)
            .trim_end_matches('/');
        if path == "." {
            out.push("./...".to_owned());
        } else if path.split('/').all(is_plain) && out.len() < MOST_MODULES {
            out.push(format!("./{path}/..."));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::modules;

    #[test]
    fn a_go_workspace_names_its_modules_and_none_outside() {
        let text = "go 1.22\n\nuse ./one // first\nuse (\n\t.\n\t./a/two\n\t../out\n\t/abs\n)\nreplace x => y\n";
        assert_eq!(modules(text), ["./one/...", "./...", "./a/two/..."]);
    }
}
