//! Reads how a repository wants to be approached. Conservative: what is unclear is never a yes.

use super::comments::{Said, Stop};
use super::etiquette::{COMMENT, Etiquette, Finding, Welcome};
use super::facts::PolicyFile;
use super::labels::Meaning;
use super::machine_rules::{self, Kind, Rule};
use super::patterns::patterns;
use super::programmes;
use super::reading::Reading;
use super::sentences::{LONGEST, Role, Sentence, sentences};
use super::text::{cut, plain, prose, reveal};

patterns! {
    force_all: Words;
    ASK_FIRST = r"(?i)\b(?:open an issue|discuss|ask|comment|contact us|talk to us|get (?:approval|permission)|wait for (?:approval|confirmation|a maintainer))\b[^.]{0,50}\b(?:before|first|prior to)\b|\bbefore (?:you )?(?:start|begin|work|submit|open)\w*\b[^.]{0,60}\b(?:ask|discuss|comment|open an issue|approval|agree)\b";
    ASSIGN = r"(?i)\b(?:be|been|get|getting|wait(?:ing)? to be|are|is|have it|ask to be|request to be)\s+assigned\b|\bassign (?:it|the issue|yourself|you)\b|\bassignment\b|\bunassigned (?:issues|prs|pull requests)\b[^.]{0,30}\bclosed\b";
    // A sentence that takes up what the heading or the question before it names.
    TAKES_UP = r"(?i)\b(?:these|those|they|them|it|this|that|such)\b";
    ANSWERS_NO = r"(?i)^\W*no\b";
}

/// What the policy files, labels and maintainers' words add up to.
pub(crate) fn judge(reading: &Reading<'_>) -> Etiquette {
    let facts = reading.facts;
    let mut out = Etiquette::default();
    if let Some(files) = &facts.repo.policies {
        out.welcome = Welcome::Silent;
        for file in files {
            read_file(file, &mut out);
        }
    }
    if programmes::of(&facts.repo.owner).is_some_and(|p| p.exclusive) {
        out.assignment = true;
    }
    if let Some(label) = reading.label(|m| matches!(m, Meaning::NoAi)) {
        forbid(
            &mut out,
            format!("label “{}”", label.name),
            &label.name,
            true,
        );
    }
    own_words(reading, &mut out);
    for (comment, said) in &reading.said {
        let Said::MaintainerStop { words, how } = said else {
            continue;
        };
        let who = comment.author.login.as_deref().unwrap_or("ghost");
        let place = format!("{COMMENT}{who}");
        if *how == Stop::Clear {
            forbid(&mut out, place, words, true);
        } else {
            doubt(&mut out, place, words);
        }
    }
    out
}

/// A no in the issue itself. It may describe what a program is to do, and anybody may have written
/// it, so it is asked about and not remembered.
fn own_words(reading: &Reading<'_>, out: &mut Etiquette) {
    let facts = reading.facts;
    let body = facts.body.as_deref().map(prose).unwrap_or_default();
    let title = plain(&facts.title);
    for (place, text) in [("the title", &*title), ("the text", body.as_str())] {
        let no = sentences(text).into_iter().find_map(|sentence| {
            let words = cut(sentence.text, LONGEST);
            machine_rules::may_refuse(&words).then_some(words)
        });
        if let Some(words) = no {
            doubt(out, place.to_owned(), &words);
        }
    }
}

/// It may be a no: a person reads it, and nothing is remembered.
fn doubt(out: &mut Etiquette, place: String, words: &str) {
    // Rules that were not read may hold a plain no: that they be read comes first.
    if !matches!(out.welcome, Welcome::Forbidden | Welcome::NotRead) {
        out.welcome = Welcome::Unclear;
    }
    note(out, place, Rule::Unclear.code(), words);
}

fn forbid(out: &mut Etiquette, place: String, words: &str, organisation: bool) {
    out.welcome = Welcome::Forbidden;
    out.organisation_wide |= organisation;
    note(out, place, Rule::Forbidden.code(), words);
}

fn note(out: &mut Etiquette, place: String, code: &str, words: &str) {
    // Many files full of manners must not push out what says no.
    let no = code == Rule::Forbidden.code() || code == Rule::Unclear.code();
    if out.findings.len() < if no { 60 } else { 30 } {
        out.findings.push(Finding {
            place,
            code: code.to_owned(),
            quote: cut(reveal(words).trim(), 200),
        });
    }
}

fn read_file(file: &PolicyFile, out: &mut Etiquette) {
    let text = plain(&file.text);
    let kind = kind_of(&file.path);
    let place = if file.of_organisation {
        format!(".github: {}", file.path)
    } else {
        file.path.clone()
    };
    // The heading or question that the next sentences may take up.
    let mut topic: Option<String> = None;
    for Sentence { text, role } in sentences(&text) {
        let sentence = cut(text, LONGEST);
        if ASK_FIRST.is_match(&sentence) {
            out.ask_first = true;
            note(out, place.clone(), "ask_first", &sentence);
        }
        if ASSIGN.is_match(&sentence) {
            out.assignment = true;
            note(out, place.clone(), "assignment", &sentence);
        }
        let said =
            machine_rules::rule(&sentence, kind).or_else(|| answer(topic.as_deref()?, &sentence));
        if role != Role::Statement {
            topic = machine_rules::speaks_of_machines(&sentence).then(|| sentence.clone());
        }
        match said {
            None => {}
            Some(Rule::Forbidden) => forbid(out, place.clone(), &sentence, file.of_organisation),
            Some(Rule::Unclear) => doubt(out, place.clone(), &sentence),
            Some(rule @ (Rule::Disclose | Rule::Allowed)) => {
                if out.welcome == Welcome::Silent {
                    out.welcome = Welcome::Allowed;
                }
                out.disclose |= rule == Rule::Disclose;
                note(out, place.clone(), rule.code(), &sentence);
            }
        }
    }
}

/// What kind of file this is by its path. Below a folder of templates a name says what the form is
/// about: `ISSUE_TEMPLATE/ai_bug.md`.
fn kind_of(path: &str) -> Kind {
    const FOR_AGENTS: &[&str] = &[
        "agents.md",
        "claude.md",
        "copilot-instructions",
        ".cursorrules",
        "gemini.md",
    ];
    const MACHINES: &[&str] = &["ai", "llm", "llms", "genai", "aipolicy", "noai"];
    let path = path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or(&path);
    let spelled = path.replace(['-', ' '], "_");
    if spelled.contains("issue_template") || spelled.contains("pull_request_template") {
        Kind::Form
    } else if FOR_AGENTS.iter().any(|part| path.contains(part)) {
        Kind::ForAgents
    } else if name
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| MACHINES.contains(&word))
    {
        Kind::AboutAi
    } else {
        Kind::Plain
    }
}

/// What a sentence says about the machines that its heading or the question before it names:
/// `## AI-generated patches`, `These are not accepted.`
fn answer(topic: &str, sentence: &str) -> Option<Rule> {
    if !machine_rules::says_no(sentence) {
        return None;
    }
    if ANSWERS_NO.is_match(sentence) {
        return Some(Rule::Unclear);
    }
    let joined = format!("{topic}: {sentence}");
    let taken_up = TAKES_UP.is_match(sentence) && machine_rules::plain_no(&joined);
    taken_up
        .then(|| machine_rules::rule(&joined, Kind::Plain))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Etiquette {
        let mut out = Etiquette {
            welcome: Welcome::Silent,
            ..Etiquette::default()
        };
        read_file(
            &PolicyFile {
                path: path.into(),
                of_organisation: false,
                text: text.into(),
            },
            &mut out,
        );
        out
    }

    #[test]
    fn patterns_compile() {
        force_all();
    }

    #[test]
    fn a_no_is_heard_in_many_words() {
        for no in [
            "No AI.\nNo AI contributions please",
            "We do not accept AI-generated pull requests.",
            "AI-generated code is not accepted.",
            "Bots are not welcome to open issues here.",
            "no automated contributions",
            "Pull requests made with LLMs will be closed.",
            "Contributions must be written by humans.",
            "Please don't use ChatGPT to write your PR",
            "Hello\n<!-- AI agents: do not submit pull requests -->\n",
            "Use of Copilot for patches is prohibited",
            "N\u{200B}o A\u{200B}I contributions",
            "Autonomous agents are banned from claiming issues.",
        ] {
            assert_eq!(
                read("CONTRIBUTING.md", no).welcome,
                Welcome::Forbidden,
                "{no}"
            );
        }
    }

    #[test]
    fn other_sentences_are_no_no() {
        for silent in [
            "Run the tests before you push. No warnings, please.",
            "The user agent string is not sent.",
            "Automated tests must not fail.",
            "The bot will not merge before two reviews.",
        ] {
            assert_eq!(
                read("CONTRIBUTING.md", silent).welcome,
                Welcome::Silent,
                "{silent}"
            );
        }
        let disclosed = read(
            "CONTRIBUTING.md",
            "If you use AI tools, you must disclose it in the pull request.",
        );
        assert_eq!(
            (disclosed.welcome, disclosed.disclose),
            (Welcome::Allowed, true)
        );
        assert_eq!(
            read("CONTRIBUTING.md", "AI assisted contributions are welcome.").welcome,
            Welcome::Allowed
        );
        let ask = read(
            "CONTRIBUTING.md",
            "Please open an issue before starting. Wait to be assigned.",
        );
        assert!(ask.ask_first && ask.assignment && ask.welcome == Welcome::Silent);
    }

    #[test]
    fn a_heading_and_a_question_speak_for_what_follows() {
        let welcome = |text: &str| read("CONTRIBUTING.md", text).welcome;
        for no in [
            "# Rules\n\n## AI-generated patches\n\nThese are not accepted.\n",
            "## 3. AI-generated patches\nThey will be closed.\n",
        ] {
            assert_eq!(welcome(no), Welcome::Forbidden, "{no}");
        }
        assert_eq!(
            welcome("May I use an LLM for my patch? No.\n"),
            Welcome::Unclear
        );
        for silent in [
            "## AI features\n\nRun the tests. They must not fail.\n",
            "## AI\n\nTrain it.\n\n## Patches\n\nThose are not accepted by mail.\n",
            "Do you need help? No question is too simple.",
        ] {
            assert_eq!(welcome(silent), Welcome::Silent, "{silent}");
        }
    }

    #[test]
    fn the_name_tells_for_whom_it_is_written() {
        for (path, kind) in [
            ("AGENTS.md", Kind::ForAgents),
            (".github/copilot-instructions.md", Kind::ForAgents),
            ("AI_POLICY.md", Kind::AboutAi),
            ("AI-USAGE.md", Kind::AboutAi),
            ("ai-guidelines.md", Kind::AboutAi),
            ("ai-disclosure.md", Kind::AboutAi),
            ("AI.rst", Kind::AboutAi),
            ("no-ai.txt", Kind::AboutAi),
            ("docs/llm-policy.md", Kind::AboutAi),
            ("GENAI.md", Kind::AboutAi),
            ("email_policy.md", Kind::Plain),
            ("CONTRIBUTING.md", Kind::Plain),
            (".github/ISSUE_TEMPLATE/ai_bug.md", Kind::Form),
            (".github/ISSUE_TEMPLATE/agents.md", Kind::Form),
            (".github/PULL_REQUEST_TEMPLATE/ai.md", Kind::Form),
            (".github/pull_request_template.md", Kind::Form),
        ] {
            assert_eq!(kind_of(path), kind, "{path}");
        }
        let form = ".github/ISSUE_TEMPLATE/01_bug_ai.md";
        let asked = read(form, "If the LLM you use is not listed, choose Other.");
        assert_eq!(asked.welcome, Welcome::Silent);
        let refused = read(form, "AI-generated issues will be closed.");
        assert_eq!(refused.welcome, Welcome::Forbidden);
    }

    #[test]
    fn files_for_agents_forbid_only_outward_acts() {
        assert_eq!(
            read("AGENTS.md", "Agents must not edit generated code.").welcome,
            Welcome::Silent
        );
        assert_eq!(
            read(
                "AGENTS.md",
                "The agent must never open pull requests itself."
            )
            .welcome,
            Welcome::Unclear
        );
        assert_eq!(
            read("docs/AI_POLICY.md", "AI contributions: see the wiki").welcome,
            Welcome::Unclear
        );
    }
}
