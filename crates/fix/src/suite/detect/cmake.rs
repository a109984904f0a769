//! CMake with ctest.

use gate::tree::Tree;

use super::files::{self, Place};
use super::{Found, words};
use crate::suite::candidate::Runner;

/// Configures, builds and tests outside of the work tree, so that nothing built is taken for a change.
const LINE: &str = "set -e; b=\"${TMPDIR:-/tmp}/cmake-build\"; cmake -S . -B \"$b\"; cmake --build \"$b\"; \
                    ctest --test-dir \"$b\" --output-on-failure";

/// Files that are looked at for tests.
const MOST_FILES: usize = 500;

pub(super) fn look(tree: &Tree, found: &mut Vec<Found>) {
    if files::text(tree, b"CMakeLists.txt").is_none() {
        return;
    }
    let declares = tree
        .entries
        .keys()
        .filter(|path| files::name(path) == b"CMakeLists.txt")
        .take(MOST_FILES)
        .filter_map(|path| files::text(tree, path))
        .any(|text| {
            let text = text.to_ascii_lowercase();
            ["add_test", "enable_testing", "include(ctest)"]
                .iter()
                .any(|word| text.contains(word))
        });
    if declares {
        let root = &Place::ROOT;
        let argv = words(["sh", "-c", LINE]);
        let why = "a CMake project that declares tests";
        found.push(Found::new(
            42,
            Runner::Ctest,
            argv,
            root,
            "CMakeLists.txt",
            why,
        ));
    }
}
