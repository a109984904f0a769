//! Blocks of shell on the pages: who runs which.

use crate::book::fence::{self, Fence};
use crate::book::{name, pages, read, root};

/// Every fenced block of every page.
pub(super) fn all() -> Vec<Fence> {
    let of = |path: &std::path::PathBuf| fence::of(&name(path), &read(path));
    pages().iter().flat_map(of).collect()
}

/// The commands in a block: each a list of words. Comments are left out, continued lines joined, and what stands
/// between `&&`, `||`, `|` and `;` taken apart.
pub(super) fn commands(fence: &Fence) -> Vec<Vec<String>> {
    let text = fence.lines.join("\n").replace("\\\n", " ");
    text.lines().flat_map(commands_of).collect()
}

/// The commands of one line of shell, as far as a page needs it: quotes, comments, and what joins two.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let (mut word, mut begun, mut quote) = (String::new(), false, None);
    let end = |all: &mut Vec<Vec<String>>, word: &mut String, begun: &mut bool| {
        if std::mem::take(begun) {
            all.last_mut()
                .expect("there is one")
                .push(std::mem::take(word));
        }
    };
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(open), _) if open == char => quote = None,
            (Some(_), _) => word.push(char),
            (None, '\'' | '"') => (quote, begun) = (Some(char), true),
            (None, '#') if !begun => break,
            (None, '&' | '|' | ';') => {
                end(&mut all, &mut word, &mut begun);
                while chars.next_if(|next| matches!(next, '&' | '|')).is_some() {}
                all.push(Vec::new());
            }
            (None, blank) if blank.is_whitespace() => end(&mut all, &mut word, &mut begun),
            (None, _) => {
                word.push(char);
                begun = true;
            }
        }
    }
    end(&mut all, &mut word, &mut begun);
    all.retain(|words| !words.is_empty());
    all
}

/// Programs that change the machine they run on, or take what the machine of a test does not have. What
/// names another program is run by CI.
const NOT_RUN: [&str; 13] = [
    "apt",
    "cargo",
    "git",
    "install",
    "journalctl",
    "npm",
    "scripts/deb.sh",
    "ssh",
    "sudo",
    "sudoedit",
    "systemctl",
    "systemd-run",
    "bountyd",
];

/// Every block of shell says who runs it: `run` (tests/docs, against the simulators), `ci` (it stands in `.ci/run`)
/// or `machine` (it sets a machine up, or takes a service or a person; tests/docs runs those of the quick start, and
/// the commands of all are parsed).
#[test]
fn every_block_of_shell_says_who_runs_it() {
    let ci = read(&root().join(".ci/run"));
    let (mut seen, mut wrong) = (0, Vec::new());
    for fence in all().iter().filter(|fence| fence.is_shell()) {
        seen += 1;
        let place = &fence.place;
        match fence.mark() {
            "run" => {}
            "ci" => {
                let lines = fence
                    .lines
                    .iter()
                    .map(|line| line.split('#').next().unwrap_or_default().trim());
                let absent = lines.filter(|line| !line.is_empty() && !ci.contains(*line));
                wrong.extend(absent.map(|line| format!("{place}: .ci/run does not run `{line}`")));
            }
            "machine" => {
                let programs: Vec<String> = commands(fence)
                    .into_iter()
                    .filter_map(|words| words.into_iter().next())
                    .collect();
                let odd = programs
                    .iter()
                    .filter(|program| !NOT_RUN.contains(&program.as_str()));
                wrong.extend(odd.map(|program| {
                    format!("{place}: `{program}` can be run, so mark the block `run`")
                }));
            }
            _ => wrong.push(format!(
                "{place}: write ```sh run, ```sh ci or ```sh machine"
            )),
        }
    }
    assert!(seen > 20, "only {seen} blocks were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_are_taken_out_of_shell() {
    let said = commands_of("sudo bountyd deny 'a b' \"c #d\" --json && x | y; z  # and a comment");
    let words: Vec<String> = said.iter().map(|words| words.join("+")).collect();
    assert_eq!(words, ["sudo+bountyd+deny+a b+c #d+--json", "x", "y", "z"]);
    let page = "1. A step:\n\n   ```sh run\n   bountyd \\\n     status\n   ```\n";
    let fences = fence::of("a.md", page);
    assert_eq!(fences[0].place, "a.md:3");
    assert_eq!(fences[0].mark(), "run");
    assert_eq!(commands(&fences[0]), [["bountyd", "status"]]);
}
