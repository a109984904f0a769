//! npm, pnpm, yarn and bun: the `test` script of a `package.json`.

use gate::tree::Tree;
use serde_json::Value;

use super::files::{self, Place};
use super::{Found, words};
use crate::suite::candidate::Runner;

/// Which lock file is whose.
const LOCKS: [(&str, &str); 6] = [
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
];

pub(super) fn look(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    let Some(package) = files::json(tree, &place.path("package.json")) else {
        return;
    };
    let script = package["scripts"]["test"]
        .as_str()
        .unwrap_or_default()
        .trim();
    // What `npm init` writes where there are no tests.
    if !script.is_empty() && !script.contains("no test specified") {
        let (tool, why) = tool(tree, place, &package);
        let argv = match (tool, place.is_root()) {
            ("bun", true) => words(["bun", "run", "test"]),
            ("bun", false) => words(["bun", "--cwd", place.dir(), "run", "test"]),
            ("pnpm", false) => words(["pnpm", "--dir", place.dir(), "test"]),
            ("yarn", false) => words(["yarn", "--cwd", place.dir(), "test"]),
            ("npm", false) => words(["npm", "--prefix", place.dir(), "test"]),
            (tool, _) => words([tool, "test"]),
        };
        let runner = match Runner::of_words(script.split_whitespace()) {
            Runner::Other => Runner::Node,
            known => known,
        };
        let why = format!("its `test` script; {why}");
        found.push(Found::new(52, runner, argv, place, "package.json", &why));
    } else if place.is_root()
        && let Some((rank, why)) = own_runner(tree, place)
    {
        let argv = words(["node", "--test"]);
        let found_in = "package.json";
        found.push(Found::new(rank, Runner::Node, argv, place, found_in, why));
    }
}

/// Whether Node's own test runner is used, and how sure that makes `node --test`: older ones than 22.18 find
/// no test in TypeScript, and say that all is well. So a Makefile that compiles it first goes before.
fn own_runner(tree: &Tree, place: &Place) -> Option<(u32, &'static str)> {
    let used = |ends: &[&str]| {
        place
            .files(tree)
            .any(|(path, content)| is_script(path, ends) && imports_node_test(content))
    };
    if used(&[".js", ".mjs", ".cjs"]) {
        return Some((
            46,
            "no `test` script, but files that use Node's own test runner",
        ));
    }
    let why = "no `test` script, but TypeScript that uses Node's own test runner";
    used(&[".ts", ".mts"]).then_some((41, why))
}

fn tool(tree: &Tree, place: &Place, package: &Value) -> (&'static str, String) {
    if let Some((lock, tool)) = LOCKS.into_iter().find(|(lock, _)| place.has(tree, lock)) {
        return (tool, format!("{tool} because of {lock}"));
    }
    let manager = package["packageManager"].as_str().unwrap_or_default();
    for tool in ["pnpm", "yarn", "bun"] {
        if manager.split('@').next() == Some(tool) {
            return (tool, format!("{tool} because it says so"));
        }
    }
    ("npm", "npm because no lock file says otherwise".to_owned())
}

fn is_script(path: &[u8], ends: &[&str]) -> bool {
    !path.starts_with(b"node_modules/") && ends.iter().any(|end| path.ends_with(end.as_bytes()))
}

fn imports_node_test(content: &[u8]) -> bool {
    let start = &content[..content.len().min(4096)];
    start.windows(9).any(|w| w == b"node:test")
}
