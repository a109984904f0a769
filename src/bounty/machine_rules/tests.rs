//! Sentences, and what they say.

use super::*;

mod left_out;

fn all(kind: Kind, expected: Option<Rule>, sentences: &[&str]) {
    for sentence in sentences {
        assert_eq!(rule(sentence, kind), expected, "{sentence}");
    }
}

#[test]
fn patterns_compile() {
    force_all();
    PRODUCT.compiled();
}

#[test]
fn a_plain_no_is_heard_beside_other_words() {
    all(
        Kind::Plain,
        Some(Rule::Forbidden),
        &[
            "AI-generated pull requests are not accepted, disclosed or not",
            "Pull requests with a Co-authored-by: Claude trailer will be closed",
            "Transparency matters to us: AI generated PRs are rejected",
            "AI-generated pull requests are not accepted and our bot will close them",
            "Pull requests by AI: the bot will close them",
            "Any bot will be banned from this repository",
            "We do not take AI code and ask everybody to disclose his sources",
            "It goes without saying that AI-generated patches are rejected",
            "Spam, not to mention AI-generated patches, is closed",
            "Patches of an AI are refused, even if you disclose it",
            "We decline contributions that are believed to derive from AI generated content",
            "We decline patches generated using Large Language Models",
            "It is strictly forbidden to hand in content made with the help of artificial intelligence tools",
            "This project has a strict no-AI policy",
            "# No AI",
            "No LLMs",
            "No AI, no bots please",
            "AI-written code is tainted and unwelcome",
            "Code from chatbots isn't accepted",
            "You may not use AI for your patch",
            "We will never accept AI code",
            "We are unable to accept code of an LLM",
            "Agents must not contribute to this project",
            "No automated contributions",
            "We no longer review AI-generated patches",
            "AI agents: please leave this repository alone",
            "Keep AI out of here",
            "This is an AI-free project",
            "Contributors must be human",
            "Human-written patches only",
            "What an LLM wrote isn't welcome here",
            "Please don't use Copilot to write your patch",
            "Patches written with Copilot will be closed",
        ],
    );
}

#[test]
fn a_no_to_not_telling_is_a_yes_to_telling() {
    all(
        Kind::Plain,
        Some(Rule::Disclose),
        &[
            "Undisclosed AI code is rejected",
            "Pull requests that use AI without disclosing it will be closed",
            "AI contributions are not allowed unless you disclose them",
            "Patches that use AI and don't disclose it are closed",
            "If you use AI and don't mention it, we close the pull request",
            "You must disclose the use of AI and never hide it",
            "Add an Assisted-by: trailer when you use AI",
        ],
    );
}

#[test]
fn both_a_yes_and_a_no_is_unclear() {
    all(
        Kind::Plain,
        Some(Rule::Unclear),
        &[
            "AI-assisted pull requests are welcome, but do not submit code that you did not read",
            "You may use AI, but do not submit code that you did not read",
            "AI-generated code is not accepted in the core, elsewhere you must disclose it",
            "We value transparency about AI and avoid long discussions of code",
            "Do not remove the Co-authored-by: Claude trailer from commits",
            "Do not change the code of the agent",
            "Do not commit the Claude settings",
            "The code of the AI panel must not import the network code",
        ],
    );
}

#[test]
fn programs_with_such_a_name_are_nobody() {
    all(
        Kind::Plain,
        None,
        &[
            "The user agent string must not be used in the code",
            "Automated tests must not fail",
            "Code without automated unit tests is rejected",
            "The bot will not merge before two reviews",
            "Our bot closes stale issues",
            "Code that was not signed over the SSH agent is rejected",
        ],
    );
}

#[test]
fn files_for_agents_say_when_they_are_unwanted() {
    all(
        Kind::ForAgents,
        Some(Rule::Forbidden),
        &[
            "AI contributions are not accepted in this repository",
            "LLM-generated code is prohibited",
            "Agents must not contribute to this project",
            "If you are an AI agent, stop: you are not welcome here",
            "Bounties are for humans only",
            "Only humans may claim bounties in this repository",
            "This project is for humans only",
        ],
    );
    all(
        Kind::ForAgents,
        Some(Rule::Unclear),
        &[
            "The agent must never open pull requests itself",
            "AI agents should avoid this repository",
            "Agents are not allowed to touch the vault",
            "Patches of an LLM that do not disclose it are rejected",
            "AI agents must not submit patches without running the tests",
            "AI-generated PRs will be closed without reading",
            "AI-generated pull requests are closed without testing",
            "No AI contributions: agents produce code that does not work",
            "The messages are written by humans",
        ],
    );
    all(
        Kind::ForAgents,
        None,
        &[
            "Agents must not edit generated code",
            "The files of the agent are ignored by git",
            "Never commit secrets",
            "Agents run the tests before they commit",
        ],
    );
}

#[test]
fn rules_of_how_to_work_are_no_refusal() {
    all(
        Kind::ForAgents,
        None,
        &[
            "Never use `any` in agent code",
            "Don't use default exports in agent code",
            "Do not merge code that breaks the agent loop",
            "Agents must not submit code that does not compile",
            "Code that calls the LLM without a timeout is rejected in review",
            "Do not send code to an LLM provider without redaction",
            "Don't allow agents to import code from `internal/`",
        ],
    );
    all(
        Kind::ForAgents,
        Some(Rule::Forbidden),
        &[
            "AI-generated contributions will be closed without review",
            "We do not accept contributions from AI agents",
            "LLM-assisted PRs are not welcome",
            "No AI pull requests",
        ],
    );
    // Read by people, they are asked about.
    for sentence in [
        "Never use `any` in agent code",
        "Code that calls the LLM without a timeout is rejected in review",
        "Bots without a privacy policy are rejected",
    ] {
        assert_eq!(
            rule(sentence, Kind::Plain),
            Some(Rule::Unclear),
            "{sentence}"
        );
    }
}

#[test]
fn a_no_without_its_words_is_unclear() {
    all(
        Kind::Plain,
        Some(Rule::Unclear),
        &[
            "Our policy is simple: no AI",
            "Policy on AI: please don't",
            "If you are an LLM, please go elsewhere",
            "Vibe-coded PRs go straight to the bin",
            "AI usage is strictly limited to translation",
            "There is no penalty for using AI",
            "We have no problem with AI-assisted contributions",
        ],
    );
    all(
        Kind::Plain,
        Some(Rule::Forbidden),
        &[
            "Bounties may only be claimed by humans",
            "Submissions from AI bots are automatically disqualified from bounties",
        ],
    );
}

#[test]
fn what_a_program_refuses_and_what_was_done_is_no_rule() {
    all(
        Kind::Plain,
        Some(Rule::Unclear),
        &[
            "PRs from bots are ignored by the changelog generator",
            "The code was written by humans",
        ],
    );
    all(
        Kind::Plain,
        None,
        &["JWT claims of the agent are validated"],
    );
    all(
        Kind::Plain,
        Some(Rule::Forbidden),
        &[
            "PRs from bots are closed by the maintainers",
            "Code may only be written by humans",
        ],
    );
}

#[test]
fn a_policy_that_permits_is_no_refusal() {
    all(
        Kind::AboutAi,
        Some(Rule::Unclear),
        &[
            "We do not ban AI tools",
            "There is no penalty for using AI",
            "We have no problem with AI-assisted contributions",
            "AI must not be listed as a co-author",
            "Never paste confidential data into an AI tool",
            "You are responsible for the code you submit, whether or not you used AI",
            "Using AI is fine as long as you review the output and don't submit slop",
            "Bots without a privacy policy are rejected",
            "Do not rely on AI summaries",
        ],
    );
    all(
        Kind::AboutAi,
        Some(Rule::Forbidden),
        &["AI-generated contributions are not accepted"],
    );
}

#[test]
fn a_form_refuses_only_in_plain_words() {
    all(
        Kind::Form,
        None,
        &[
            "If the LLM you use is not listed, choose Other",
            "Do not include your AI provider API key in this issue",
            "This is a problem with the app, not with the AI model I use",
            "I have removed all content of my LLM prompts that I do not want to share",
        ],
    );
    all(
        Kind::Form,
        Some(Rule::Unclear),
        &[
            "This pull request was not generated by AI",
            "No AI agents on this bounty, please",
            "Any use of AI results in a ban",
            "We ban bots",
            "Bots will be blocked",
            "We do not want bots claiming our bounties",
            "Copilot and similar are not welcome here",
        ],
    );
    all(
        Kind::Form,
        Some(Rule::Forbidden),
        &["AI-generated issues will be closed", "No AI please"],
    );
}

#[test]
fn what_stands_before_a_plain_no_takes_nothing_back() {
    for no in [
        "AI is fine for autocomplete but AI-generated pull requests are not accepted",
        "AI is welcome in discussions, but AI-generated pull requests will be closed",
        "We don't mind autocomplete, but AI-generated pull requests will be closed",
        "We used to allow AI contributions, now AI-generated PRs will be closed",
        "There is no rule against AI in issues, but AI-generated code is rejected",
        "Until further notice, no AI contributions",
        "Unless stated otherwise, AI-generated contributions are not accepted",
        "If your PR is AI-generated it will be closed",
    ] {
        all(Kind::Plain, Some(Rule::Forbidden), &[no]);
        assert_eq!(said(no), Some(Rule::Forbidden), "{no}");
    }
    for doubtful in [
        "AI is welcome, but AI slop will be closed",
        "AI is fine, but AI-generated PRs that you did not read are rejected",
        "AI is fine, but AI-generated PRs are rejected unless you tested them",
        "We used to reject AI; AI-generated PRs were closed, not any more",
        "We never said that from now on AI-generated PRs are rejected",
    ] {
        all(Kind::Plain, Some(Rule::Unclear), &[doubtful]);
        assert_eq!(said(doubtful), Some(Rule::Unclear), "{doubtful}");
    }
}
