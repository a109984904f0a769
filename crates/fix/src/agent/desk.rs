//! Where an agent works: the box, the clock, the limits, and what the owner chose.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use thiserror::Error;

use super::papers::Papers;
use super::turn::Witness;
use super::{AgentError, PAPERS, WORK};
use crate::profiles::{Arg, Filled, Profile, Values};
use crate::run::{Confine, Stopped};

/// The model's door in the box.
const LLM: &str = "http://127.0.0.1:3128/llm/";

/// The longest argument that Linux takes (`MAX_ARG_STRLEN`), with its end.
const LONGEST_ARGUMENT: usize = 128 * 1024 - 1;

/// Copies settings into the home directory, then becomes the agent.
const MOVE_IN: &str = r#"cp -R "$0/home/." "$HOME" && exec "$@""#;

/// Everything a session needs.
#[derive(Clone)]
pub struct Desk {
    /// Who confines what is run.
    pub confine: Arc<dyn Confine>,
    /// The clock for all limits.
    pub clock: Arc<dyn Clock>,
    /// Becomes `true` when nobody wants the result any more.
    pub stopped: Stopped,
    /// Who watches.
    pub witness: Arc<dyn Witness>,
    /// The box: tree, tools, egress, limits, environment. The profile adds its arguments, its
    /// environment where the box has none of that name, its masks, and [`PAPERS`].
    pub spec: jail::Spec,
    /// A directory outside the tree, of this job alone, for the prompt and the agent's settings.
    pub papers: PathBuf,
    /// What the owner chose.
    pub settings: Settings,
}

/// What the owner chose for an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its model, by the name that its provider has for it.
    pub model: Option<String>,
    /// The provider at the egress proxy, if not the profile's.
    pub provider: Option<String>,
    /// The pinned test command, as a person would type it.
    pub test_command: Option<String>,
    /// Time for one turn.
    pub turn: Duration,
    /// Lines it may say in one turn.
    pub events: u64,
    /// How long it may take to stop when it is told to.
    pub grace: Duration,
    /// Whether what it writes in its home directory is there again in the next box. If not, an
    /// agent that is run as a command is told everything anew in each round.
    pub keeps_home: bool,
}

impl Default for Settings {
    /// Half an hour and 20,000 lines a turn.
    fn default() -> Self {
        Self {
            model: None,
            provider: None,
            test_command: None,
            turn: Duration::from_secs(30 * 60),
            events: 20_000,
            grace: Duration::from_secs(5),
            keeps_home: false,
        }
    }
}

/// A choice that cannot be put into arguments, files and addresses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the fixer's {key} `{value}` must be 1 to 200 letters, digits and `{signs}`, and begin with a letter or digit"
)]
pub struct SettingsError {
    key: &'static str,
    value: String,
    signs: &'static str,
}

impl Settings {
    /// Whether model and provider can be put where profiles want them.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), SettingsError> {
        name("model", self.model.as_deref(), "._:/@-")?;
        name("provider", self.provider.as_deref(), "_-")
    }
}

fn name(key: &'static str, value: Option<&str>, signs: &'static str) -> Result<(), SettingsError> {
    let Some(value) = value else { return Ok(()) };
    let fits = value.len() <= 200
        && value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || signs.contains(c));
    if fits {
        return Ok(());
    }
    Err(SettingsError {
        key,
        value: crate::untrusted::one_line(value, 100),
        signs,
    })
}

impl Desk {
    /// The values of all placeholders.
    pub(super) fn values(&self, profile: &Profile) -> Values {
        let settings = &self.settings;
        let provider = settings.provider.as_deref().unwrap_or(&profile.provider);
        Values {
            prompt: None,
            prompt_file: Some(format!("{PAPERS}/{}", Papers::PROMPT)),
            workdir: Some(WORK.to_owned()),
            session: None,
            model: settings.model.clone(),
            test_command: settings.test_command.clone(),
            llm: Some(format!("{LLM}{provider}")),
        }
    }

    /// The box for one run of `profile` with `argv`. Writes its settings, and the prompt if there is one.
    pub(super) fn spec_for(
        &self,
        profile: &Profile,
        argv: &[Arg],
        values: &Values,
    ) -> Result<jail::Spec, AgentError> {
        let papers = Papers::new(&self.papers);
        let mut spec = self.spec.clone();
        spec.argv = arguments(profile, argv, values)?;
        if papers.write(profile, values)? {
            let mut moving: Vec<OsString> = ["/bin/sh", "-c", MOVE_IN, PAPERS]
                .map(OsString::from)
                .into();
            moving.append(&mut spec.argv);
            spec.argv = moving;
        }
        for (name, value) in values.fill_env(&profile.env) {
            spec.env.entry(name.into()).or_insert_with(|| value.into());
        }
        spec.masks
            .extend(profile.masks.found(&spec.work, &spec.start_in)?);
        spec.masks.sort();
        spec.masks.dedup();
        spec.tools.push(jail::Tool {
            outside: self.papers.clone(),
            inside: PAPERS.into(),
        });
        Ok(spec)
    }
}

fn arguments(
    profile: &Profile,
    argv: &[Arg],
    values: &Values,
) -> Result<Vec<OsString>, AgentError> {
    let mut arguments = Vec::new();
    for arg in argv {
        match arg {
            Arg::One(template) => match values.fill(template) {
                Filled::Text(text) => arguments.push(text),
                Filled::Missing(placeholder) => {
                    return Err(AgentError::Missing {
                        agent: profile.name.clone(),
                        placeholder,
                    });
                }
            },
            Arg::Group(templates) => {
                let filled: Vec<String> = templates
                    .iter()
                    .map_while(|template| match values.fill(template) {
                        Filled::Text(text) => Some(text),
                        Filled::Missing(_) => None,
                    })
                    .collect();
                if filled.len() == templates.len() {
                    arguments.extend(filled);
                }
            }
        }
    }
    let cannot = |why| {
        Err(AgentError::Prompt {
            agent: profile.name.clone(),
            why,
        })
    };
    if arguments.iter().any(|a| a.len() >= LONGEST_ARGUMENT) {
        return cannot("it is longer than Linux allows");
    }
    if arguments.iter().any(|a| a.contains('\0')) {
        return cannot("it has a NUL byte in it");
    }
    // An option that came from words would be a command of theirs.
    if values.prompt.as_ref().is_some_and(|p| p.starts_with('-')) {
        return cannot("it begins with a dash");
    }
    Ok(arguments.into_iter().map(OsString::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::Profiles;

    fn words(id: &str, values: &Values) -> Result<Vec<String>, AgentError> {
        let profile = Profiles::built_in().get(id).expect("a profile");
        let argv = &profile.exec.as_ref().expect("a command").argv;
        let words = arguments(&profile, argv, values)?;
        Ok(words
            .into_iter()
            .map(|w| w.into_string().expect("text"))
            .collect())
    }

    fn values(prompt: &str) -> Values {
        Values {
            prompt: Some(prompt.to_owned()),
            model: Some("m".to_owned()),
            ..Values::default()
        }
    }

    #[test]
    fn the_flags_are_those_that_were_tried() {
        let line = |id: &str| words(id, &values("P")).expect("arguments").join(" ");
        insta::assert_snapshot!(line("claude-code"), @"claude -p P --output-format stream-json --verbose --permission-mode bypassPermissions --setting-sources user --model m");
        insta::assert_snapshot!(line("codex"), @"codex exec --json --ephemeral --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox P");
        insta::assert_snapshot!(line("opencode"), @"opencode run --format json --auto --pure P");
        insta::assert_snapshot!(line("gemini"), @"gemini -m m -p P --approval-mode yolo --output-format stream-json");
        insta::assert_snapshot!(line("qwen"), @"qwen --auth-type openai -p P --approval-mode yolo --output-format json");
        insta::assert_snapshot!(line("aider"), @"aider --model openai/m --message P --yes-always --no-auto-commits --no-check-update --no-analytics --no-gitignore");
        insta::assert_snapshot!(line("mini-swe-agent"), @"mini -m openai/m -t P -y --exit-immediately -o /tmp/trajectory.json");
        insta::assert_snapshot!(line("openhands"), @"openhands --headless --json --override-with-envs --yolo --exit-without-confirmation -t P");
    }

    #[test]
    fn a_group_without_its_value_is_left_out_and_anything_else_is_missed() {
        let mut without = values("P");
        without.model = None;
        assert!(
            !words("gemini", &without)
                .expect("arguments")
                .contains(&"-m".to_owned())
        );
        let missing = words("aider", &without).expect_err("a model");
        assert_eq!(
            missing.to_string(),
            "aider cannot be started without a value for `model`; set it for the fixer"
        );
        without.model = Some("m".to_owned());
        without.test_command = Some("make test".to_owned());
        let with_tests = words("aider", &without).expect("arguments");
        assert!(
            with_tests.ends_with(&["--test-cmd", "make test", "--auto-test"].map(str::to_owned))
        );
    }

    #[test]
    fn a_prompt_that_cannot_be_an_argument_is_refused() {
        for bad in ["-x", "a\0b", &"x".repeat(128 * 1024)] {
            let refused = words("codex", &values(bad));
            assert!(matches!(refused, Err(AgentError::Prompt { .. })));
        }
        assert!(words("codex", &values(&"x".repeat(128 * 1024 - 2))).is_ok());
    }

    #[test]
    fn a_model_is_a_name_and_nothing_that_speaks() {
        let check = |model: &str, provider: &str| {
            Settings {
                model: Some(model.to_owned()),
                provider: Some(provider.to_owned()),
                ..Settings::default()
            }
            .check()
        };
        assert_eq!(check("anthropic/claude-sonnet-5:1m", "open-ai"), Ok(()));
        for bad in ["", "-m", "a b", "a\"", "a\n", "a'$(x)", "../x"] {
            assert!(check(bad, "x").is_err(), "{bad}");
        }
        insta::assert_snapshot!(check("m", "x/../y").expect_err("a slash"), @"the fixer's provider `x/../y` must be 1 to 200 letters, digits and `_-`, and begin with a letter or digit");
    }
}
