//! Fenced blocks of the pages, and the commands in those that are shell.

use std::path::Path;

use crate::book::{name, pages, read};

/// A fenced block.
pub(super) struct Fence {
    /// Page and line.
    pub(super) place: String,
    /// What stands behind the three ticks: `sh run`.
    pub(super) info: String,
    pub(super) lines: Vec<String>,
}

impl Fence {
    /// Whether it is shell.
    pub(super) fn is_shell(&self) -> bool {
        self.info.split_whitespace().next() == Some("sh")
    }

    /// What is done with it, the second word behind the ticks.
    fn mark(&self) -> &str {
        self.info.split_whitespace().nth(1).unwrap_or_default()
    }

    /// The commands in it: each a list of words. Comments are left out, continued lines joined, and
    /// what stands between `&&`, `||`, `|` and `;` taken apart.
    pub(super) fn commands(&self) -> Vec<Vec<String>> {
        let text = self.lines.join("\n").replace("\\\n", " ");
        text.lines().flat_map(commands_of).collect()
    }
}

/// Every fenced block of every page.
pub(super) fn all() -> Vec<Fence> {
    pages()
        .iter()
        .flat_map(|path| of(path, &read(path)))
        .collect()
}

fn of(path: &Path, page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<(usize, Fence)> = None;
    for (number, line) in page.lines().enumerate() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        match (&mut open, text.strip_prefix("```")) {
            (Some(_), Some("")) => found.extend(open.take().map(|(_, fence)| fence)),
            (Some((depth, fence)), _) => {
                fence.lines.push(
                    line.get(indent.min(*depth)..)
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
            (None, Some(info)) => {
                let place = format!("{}:{}", name(path), number + 1);
                let fence = Fence {
                    place,
                    info: info.trim().to_owned(),
                    lines: Vec::new(),
                };
                open = Some((indent, fence));
            }
            (None, None) => {}
        }
    }
    assert!(
        open.is_none(),
        "{}: a fenced block does not end",
        name(path)
    );
    found
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
const NOT_RUN: [&str; 12] = [
    "apt",
    "cargo",
    "git",
    "install",
    "journalctl",
    "npm",
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
    let ci = read(&super::root().join(".ci/run"));
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
                let programs: Vec<String> = fence
                    .commands()
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
    let fences = of(Path::new("a.md"), page);
    assert_eq!(fences[0].place, "a.md:3");
    assert_eq!(fences[0].mark(), "run");
    assert_eq!(fences[0].commands(), [["bountyd", "status"]]);
}
