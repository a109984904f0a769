//! pytest, unittest, Django and tox, started through what manages the environment.

use gate::tree::Tree;

use super::files::{self, Place};
use super::{Found, words};
use crate::suite::candidate::Runner;

/// Files that tell a Python project.
const MARKS: [&str; 5] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
];

pub(super) fn look(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    let tests = Tests::of(tree, place);
    let mark = MARKS.into_iter().find(|file| place.has(tree, file));
    let settings = settings(tree, place);
    if mark.is_none() && settings.is_none() && !(place.is_root() && tests.any) {
        return;
    }
    let from = settings
        .or(mark)
        .or(tests.sample.as_deref())
        .unwrap_or("setup.py");
    if settings.is_some() || tests.pytest || (tests.any && !tests.unittest) {
        let why = match settings {
            Some(file) => format!("{file} has settings for pytest"),
            None => "it has tests that pytest finds".to_owned(),
        };
        // `-rap` names every test in the summary, those that pass too, without what they printed.
        let managers = [
            ("uv.lock", "uv"),
            ("poetry.lock", "poetry"),
            ("pdm.lock", "pdm"),
        ];
        for (lock, manager) in managers {
            if place.is_root() && place.has(tree, lock) {
                let argv = words([manager, "run", "pytest", "-rap"]);
                let why = format!("{why}; {manager} because of {lock}");
                found.push(Found::new(51, Runner::Pytest, argv, place, from, &why));
            }
        }
        let mut argv = words(["python3", "-m", "pytest", "-rap"]);
        if !place.is_root() {
            argv.push(place.dir().to_owned());
        }
        found.push(Found::new(50, Runner::Pytest, argv, place, from, &why));
    }
    if !place.is_root() {
        return;
    }
    if place.has(tree, "manage.py") {
        let argv = words(["python3", "manage.py", "test", "-v", "2"]);
        found.push(Found::new(
            49,
            Runner::Unittest,
            argv,
            place,
            "manage.py",
            "a Django project",
        ));
    }
    if tests.unittest {
        let mut argv = words(["python3", "-m", "unittest", "discover", "-v"]);
        if !tests.dir.is_empty() {
            argv.extend(["-s".to_owned(), tests.dir.clone()]);
            if place.has(tree, &format!("{}/__init__.py", tests.dir)) {
                argv.extend(words(["-t", "."]));
            }
        }
        found.push(Found::new(
            48,
            Runner::Unittest,
            argv,
            place,
            from,
            "its tests use unittest",
        ));
    }
    if place.has(tree, "tox.ini") {
        let why = "a tox.ini; tox makes its own environments, which may want to download";
        found.push(Found::new(
            40,
            Runner::Pytest,
            words(["tox"]),
            place,
            "tox.ini",
            why,
        ));
    }
}

/// The file that has settings for pytest.
fn settings(tree: &Tree, place: &Place) -> Option<&'static str> {
    let says = |file: &str, section: &str| {
        place
            .text(tree, file)
            .is_some_and(|text| text.lines().any(|line| line.trim() == section))
    };
    let in_project = || {
        files::toml(tree, &place.path("pyproject.toml"))
            .is_some_and(|table| table.get("tool").is_some_and(|t| t.get("pytest").is_some()))
    };
    if place.has(tree, "pytest.ini") {
        Some("pytest.ini")
    } else if in_project() {
        Some("pyproject.toml")
    } else if says("setup.cfg", "[tool:pytest]") {
        Some("setup.cfg")
    } else if says("tox.ini", "[pytest]") {
        Some("tox.ini")
    } else {
        None
    }
}

/// What the test files of a place show.
#[derive(Default)]
struct Tests {
    any: bool,
    pytest: bool,
    unittest: bool,
    /// The first of them.
    sample: Option<String>,
    /// The directory at the top where unittest's tests are; empty for the place itself.
    dir: String,
}

impl Tests {
    fn of(tree: &Tree, place: &Place) -> Self {
        let mut out = Self::default();
        for (path, content) in place.files(tree) {
            let name = files::name(path);
            let is_test = path.ends_with(b".py")
                && (name.starts_with(b"test") || name.ends_with(b"_test.py"));
            let Ok(path) = std::str::from_utf8(path) else {
                continue;
            };
            if name == b"conftest.py" {
                out.pytest = true;
            } else if is_test {
                let imports = |module: &[u8]| {
                    let start = &content[..content.len().min(8192)];
                    start.split(|b| *b == b'\n').any(|line| {
                        [&b"import "[..], b"from "].iter().any(|word| {
                            line.strip_prefix(*word)
                                .is_some_and(|l| l.starts_with(module))
                        })
                    })
                };
                out.any = true;
                out.pytest |= imports(b"pytest");
                if imports(b"unittest") && !out.unittest {
                    out.unittest = true;
                    let dir = path.split_once('/').map_or("", |(dir, _)| dir);
                    out.dir = if files::is_plain(dir) { dir } else { "" }.to_owned();
                }
                out.sample.get_or_insert_with(|| path.to_owned());
            }
        }
        out
    }
}
