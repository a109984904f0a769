//! Maven and Gradle.

use gate::tree::Tree;

use super::files::Place;
use super::{Found, words};
use crate::suite::candidate::Runner;

/// How one of the two tools is started.
struct Tool<'a> {
    rank: u32,
    runner: Runner,
    program: &'a str,
    wrapper: &'a str,
    /// The file that tells it.
    file: &'a str,
    /// What names the project when it is not at the root.
    at: Vec<String>,
    rest: Vec<String>,
}

const GRADLE_FILES: [&str; 4] = [
    "settings.gradle",
    "settings.gradle.kts",
    "build.gradle",
    "build.gradle.kts",
];

pub(super) fn look(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    // A failing module must not hide the tests of the others. Below a build there are its modules.
    if place.has(tree, "pom.xml") && !place.is_below_a(tree, "pom.xml") {
        let maven = Tool {
            rank: 57,
            runner: Runner::Maven,
            program: "mvn",
            wrapper: "mvnw",
            file: "pom.xml",
            at: words(["-f", &format!("{}/pom.xml", place.dir())]),
            rest: words(["-B", "--fail-at-end", "test"]),
        };
        maven.push(tree, place, found);
    }
    let is_module = GRADLE_FILES.iter().any(|f| place.is_below_a(tree, f));
    let file = GRADLE_FILES.into_iter().find(|f| place.has(tree, f));
    if let Some(file) = file.filter(|_| !is_module) {
        let gradle = Tool {
            rank: 55,
            runner: Runner::Gradle,
            program: "gradle",
            wrapper: "gradlew",
            file,
            at: words(["-p", place.dir()]),
            rest: words(["--no-daemon", "--console=plain", "--continue", "test"]),
        };
        gradle.push(tree, place, found);
    }
}

impl Tool<'_> {
    fn push(&self, tree: &Tree, place: &Place, found: &mut Vec<Found>) {
        let mut add = |rank: u32, program: String, why: &str| {
            let mut argv = vec![program];
            if !place.is_root() {
                argv.extend(self.at.iter().cloned());
            }
            argv.extend(self.rest.iter().cloned());
            found.push(Found::new(rank, self.runner, argv, place, self.file, why));
        };
        let why = format!("a build of {}", self.program);
        add(self.rank, self.program.to_owned(), &why);
        // The wrapper downloads the tool where it is not there, which the sandbox does not let it.
        if place.has(tree, self.wrapper) {
            let start = match place.is_root() {
                true => format!("./{}", self.wrapper),
                false => format!("./{}/{}", place.dir(), self.wrapper),
            };
            let why = format!("{why}, by its wrapper, which may want to download it");
            add(self.rank - 1, start, &why);
        }
    }
}
