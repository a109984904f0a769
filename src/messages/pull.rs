//! What we write with a pull request: commit message, title and text. Everything that a stranger or a
//! model wrote is disarmed before it stands there.

use fix::job::{Record, Tests};
use gate::pr_text::clean;

use super::{cut, github};

/// Characters of the agent's own summary that are shown.
const SUMMARY: usize = 1_200;
/// Characters of a template that are kept.
const TEMPLATE: usize = 6_000;

/// What a pull request's text is made of.
#[derive(Clone, Copy, Debug)]
pub struct Pull<'a> {
    /// The job's name, for the marker.
    pub job: &'a str,
    /// The owner's login.
    pub login: &'a str,
    /// The issue.
    pub number: Option<u64>,
    /// The platform's own word for a claim with a pull request.
    pub command: Option<&'a str>,
    /// The repository's template, as its people wrote it.
    pub template: Option<&'a str>,
    /// Everything that is known about the work.
    pub record: &'a Record,
    /// The gate's one line.
    pub gate: &'a str,
}

/// The title.
#[must_use]
pub fn title(number: Option<u64>, title: &str) -> String {
    let words = one_line(title, 80);
    match number {
        Some(number) if words.is_empty() => format!("Fix #{number}"),
        Some(number) => format!("Fix #{number}: {words}"),
        None => words,
    }
}

/// Headline and body of the commit.
#[must_use]
pub fn commit(
    number: Option<u64>,
    title: &str,
    login: &str,
    sign_off: Option<&str>,
) -> (String, String) {
    let words = one_line(title, 60);
    let headline = match number {
        Some(number) if words.is_empty() => format!("Fix what #{number} reports"),
        Some(_) => format!("Fix: {words}"),
        None => words,
    };
    let mut body = match number {
        Some(number) => format!("For #{number}. "),
        None => String::new(),
    };
    body += &format!("Written by an automated agent (bountyd) acting for {login}.");
    if let Some(name) = sign_off {
        body += &format!("\n\nSigned-off-by: {name}");
    }
    (headline, body)
}

/// The text of the pull request.
#[must_use]
pub fn body(pull: &Pull<'_>) -> String {
    let mut out = String::new();
    if let Some(number) = pull.number {
        out += &format!("Fixes #{number}\n\n");
    }
    if let Some(command) = pull.command {
        out += &format!("{command}\n\n");
    }
    out += "## What was changed\n\n";
    out += &summary(pull.record);
    out += "\n\n## How it was tested\n\n";
    out += &tests(pull.record);
    out += &format!(
        "\n- Checks on the patch before it left: {}\n",
        code(pull.gate, 200)
    );
    if let Some(template) = pull.template.map(template).filter(|text| !text.is_empty()) {
        out += &format!("\n{template}\n");
    }
    out += &format!(
        "\n---\n{}\n\n{}",
        disclosure(pull.login),
        github::marker(pull.job)
    );
    out
}

fn disclosure(login: &str) -> String {
    format!(
        "This pull request was written by bountyd, an automated agent acting for @{login}, who answers for \
         it. If automated help is not wanted here, answer with “stop” and it will not come back."
    )
}

/// What stands in the pull request of the words of whoever made the patch, disarmed; empty: nothing does.
#[must_use]
pub fn words(record: &Record) -> String {
    let said = record.rounds.last().map(|round| round.summary.as_str());
    let said = clean(said.unwrap_or_default());
    cut(said.trim(), SUMMARY)
}

fn summary(record: &Record) -> String {
    let said = words(record);
    if said.is_empty() {
        return "The change is in the diff; the agent that wrote it said nothing about it."
            .to_owned();
    }
    let quoted: Vec<_> = said
        .lines()
        .map(|line| format!("> {line}").trim_end().to_owned())
        .collect();
    quoted.join("\n")
}

fn tests(record: &Record) -> String {
    let mut out = String::new();
    if let Some(command) = &record.test_command {
        out += &format!("- Command: {}\n", code(command, 200));
    }
    let mut line = |what: &str, tests: &Option<Tests>| {
        if let Some(tests) = tests {
            let said = if tests.passed { "all is well" } else { "fails" };
            out += &format!("- {what}: {said} ({})\n", tests.end);
        }
    };
    line("Before the change", &record.tests_before);
    line("After it", &record.tests_after);
    if let Some(evidence) = &record.evidence {
        line("After it, with the tests as they were", &evidence.old_tests);
        line("The new tests without the change", &evidence.new_tests);
        out += &format!("- {}\n", code(&evidence.why, 300));
    }
    out
}

/// The repository's own template, which its people fill in by hand: shown as it is, without the parts
/// that do not show, so that nothing is claimed in it.
fn template(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        out += before;
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out += rest;
    clean(&cut(out.trim(), TEMPLATE))
}

fn one_line(text: &str, most: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(clean(&words).trim(), most)
}

/// As code, which acts nowhere.
fn code(text: &str, most: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() || c == '`' { ' ' } else { c })
        .collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // Platforms read slash commands out of any text, quoted or not; what holds none can be copied as it is.
    let harmless = if clean(&words) == words {
        words
    } else {
        words.replace('/', "∕")
    };
    format!("`{}`", cut(&harmless, most))
}

#[cfg(test)]
mod tests;
