//! Reads how a repository wants to be approached. Conservative: what is unclear is a no.

use super::comments::Said;
use super::etiquette::{Etiquette, Finding, Welcome};
use super::facts::PolicyFile;
use super::labels::Meaning;
use super::patterns::{Pattern, patterns};
use super::programmes;
use super::reading::Reading;
use super::text::{cut, plain, reveal};

patterns! {
    force_all: Words;
    // Somebody or something automated.
    MACHINE = r"(?i)\b(?:a\.?i\.?|llms?|gpt\S*|chatgpt|copilot|claude|gemini|codex|cursor|bots?|(?:ai[- ]?|coding |autonomous )?agents?|automated|automation|autonomous(?:ly)?|machine[- ]generated|generative|vibe[- ]cod\w+|language models?)\b";
    // What it is not to do.
    DEED = r"(?i)\b(?:contribut\w*|pull[- ]?requests?|prs?|patch(?:es)?|submi\w+|issues?|comments?|code|commits?|generated|content|claims?|bount\w+|accept\w*|welcome|allowed|slop|tools?|assist\w*|use[ds]?|using|open(?:ed)?)\b";
    NO = r"(?i)\b(?:no|not|never|without|forbid\w*|forbidden|prohibit\w*|ban(?:s|ned|ning)?|reject\w*|refus\w*|disallow\w*|close[ds]?|unwelcome|zero[- ]tolerance|don(?:'|’)?t|won(?:'|’)?t|can(?:'|’)?t|cannot|mustn(?:'|’)?t|must be (?:written|authored) by (?:a )?humans?|humans? only|only humans?|block(?:ed)?|ignored|refrain|avoid|discourag\w*|stop)\b";
    // A no to not telling is a yes to telling.
    DISCLOSE = r"(?i)\b(?:disclos\w*|declare[ds]?|must (?:state|mention|say|indicate)|label(?:l?ed)? as (?:ai|llm)|mention (?:that|if|whether|the use)|transparen\w*|acknowledge[ds]?|assisted-by|co-authored-by)\b";
    ALLOW = r"(?i)\b(?:ai|llm|agents?|bots?|automated)\b[^.]{0,60}\b(?:is|are)\s+(?:very )?(?:welcome|allowed|permitted|fine|ok(?:ay)?|accepted)\b|\b(?:we|may|can|feel free to|happy to)\b[^.]{0,30}\b(?:welcome|allow|accept|use)\b[^.]{0,40}\b(?:ai|llm|agents?|copilot)\b|\bagents? (?:are )?welcome\b";
    HUMANS = r"(?i)\b(?:written|authored|made|submitted) by (?:a )?(?:real )?humans?\b|\bhumans? only\b|\bonly (?:real )?humans?\b";
    OUTWARD = r"(?i)\b(?:open|opening|create|creating|submit|submitting|post|posting|file|comment(?:ing)?|send|push(?:ing)?)\b[^.]{0,40}\b(?:pull[- ]?requests?|prs?|issues?|comments?|reviews?|upstream)\b";
    ASK_FIRST = r"(?i)\b(?:open an issue|discuss|ask|comment|contact us|talk to us|get (?:approval|permission)|wait for (?:approval|confirmation|a maintainer))\b[^.]{0,50}\b(?:before|first|prior to)\b|\bbefore (?:you )?(?:start|begin|work|submit|open)\w*\b[^.]{0,60}\b(?:ask|discuss|comment|open an issue|approval|agree)\b";
    ASSIGN = r"(?i)\b(?:be|been|get|getting|wait(?:ing)? to be|are|is|have it|ask to be|request to be)\s+assigned\b|\bassign (?:it|the issue|yourself|you)\b|\bassignment\b|\bunassigned (?:issues|prs|pull requests)\b[^.]{0,30}\bclosed\b";
    PRODUCT = r"(?i)\b(?:user[- ]agent|ssh-agent|build agents?|monitoring agents?|github actions?|ci (?:bot|automation)|dependabot|renovate|automated (?:tests?|builds?|checks?|releases?|linting|formatting|deployments?)|test automation|travel agents?|cla[- ]?(?:bot|assistant)|stale bot|bot will|our bot|the bot (?:will|comments|adds))\b";
}

/// Sentences longer than this are cut: nobody writes a rule in more.
const SENTENCE: usize = 600;

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
    for (comment, said) in &reading.said {
        if let Said::MaintainerStop { words } = said {
            let who = comment.author.login.as_deref().unwrap_or("ghost");
            forbid(
                &mut out,
                format!("comment by maintainer @{who}"),
                words,
                true,
            );
        }
    }
    out
}

fn forbid(out: &mut Etiquette, place: String, words: &str, organisation: bool) {
    out.welcome = Welcome::Forbidden;
    out.organisation_wide |= organisation;
    note(out, place, "forbidden", words);
}

fn note(out: &mut Etiquette, place: String, code: &str, words: &str) {
    if out.findings.len() < 30 {
        out.findings.push(Finding {
            place,
            code: code.to_owned(),
            quote: cut(reveal(words).trim(), 200),
        });
    }
}

fn read_file(file: &PolicyFile, out: &mut Etiquette) {
    let text = plain(&file.text);
    let path = file.path.to_lowercase();
    // Files written for coding agents show that agents are expected; their rules are about how to
    // work, not whether, unless they speak of outward acts.
    let for_agents = [
        "agents.md",
        "claude.md",
        "copilot-instructions",
        ".cursorrules",
        "gemini.md",
    ]
    .iter()
    .any(|name| path.ends_with(name) || path.contains(name));
    let about_ai = path.contains("ai")
        && (path.contains("policy") || path.contains("ai.md") || path.contains("ai_"));
    let place = if file.of_organisation {
        format!(".github: {}", file.path)
    } else {
        file.path.clone()
    };
    for sentence in sentences(&text) {
        let sentence = super::text::cut(sentence, SENTENCE);
        if ASK_FIRST.is_match(&sentence) {
            out.ask_first = true;
            note(out, place.clone(), "ask_first", &sentence);
        }
        if ASSIGN.is_match(&sentence) {
            out.assignment = true;
            note(out, place.clone(), "assignment", &sentence);
        }
        let Some(code) = machine_rule(&sentence, for_agents, about_ai) else {
            continue;
        };
        match code {
            "forbidden" => forbid(out, place.clone(), &sentence, file.of_organisation),
            "unclear" => {
                if out.welcome != Welcome::Forbidden {
                    out.welcome = Welcome::Unclear;
                }
                out.organisation_wide |= file.of_organisation;
                note(out, place.clone(), code, &sentence);
            }
            _ => {
                if matches!(out.welcome, Welcome::Silent) {
                    out.welcome = Welcome::Allowed;
                }
                out.disclose |= code == "disclose";
                note(out, place.clone(), code, &sentence);
            }
        }
    }
}

/// What one sentence says about automated contributors: `forbidden`, `unclear`, `disclose`,
/// `allowed`, or nothing.
fn machine_rule(sentence: &str, for_agents: bool, about_ai: bool) -> Option<&'static str> {
    if HUMANS.is_match(sentence) && DEED.is_match(sentence) {
        return Some("forbidden");
    }
    if !MACHINE.is_match(sentence) || PRODUCT.is_match(sentence) {
        return None;
    }
    let no = NO.is_match(sentence);
    if for_agents {
        return (no && OUTWARD.is_match(sentence)).then_some("unclear");
    }
    if DISCLOSE.is_match(sentence) {
        // “Undisclosed AI code is rejected” asks for disclosure; “AI code is rejected, disclosed
        // or not” cannot be told from it with certainty, so a plain no elsewhere still wins.
        return Some("disclose");
    }
    if no && (DEED.is_match(sentence) || about_ai) {
        return Some("forbidden");
    }
    if ALLOW.is_match(sentence) {
        return Some("allowed");
    }
    (about_ai && DEED.is_match(sentence)).then_some("unclear")
}

/// Sentences, roughly: ended by a full stop before a space, a line break that starts a new
/// paragraph or list item, or the borders of an HTML comment. A hidden comment is read like the
/// rest: it is meant for us.
fn sentences(text: &str) -> Vec<&str> {
    static END: Pattern = Pattern::new(r"[.!?;]\s|\n\s*\n|\n\s*(?:[-*+#>|]|\d+[.)])|<!--|-->");
    let end = END.compiled();
    let sentences = end.split(text).map(str::trim);
    sentences.filter(|s| s.len() > 3).collect()
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
