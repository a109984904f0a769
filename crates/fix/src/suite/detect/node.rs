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
        && place
            .files(tree)
            .any(|(path, content)| is_script(path) && imports_node_test(content))
    {
        let why = "no `test` script, but files that use Node's own test runner";
        let argv = words(["node", "--test"]);
        found.push(Found::new(
            46,
            Runner::Node,
            argv,
            place,
            "package.json",
            why,
        ));
    }
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

fn is_script(path: &[u8]) -> bool {
    !path.starts_with(b"node_modules/")
        && [&b".js"[..], b".mjs", b".cjs", b".ts", b".mts"]
            .iter()
            .any(|end| path.ends_with(end))
}

fn imports_node_test(content: &[u8]) -> bool {
    let start = &content[..content.len().min(4096)];
    start.windows(9).any(|w| w == b"node:test")
}
