//! Placeholders in a profile's arguments, environment and files, and their values.

use std::collections::BTreeMap;

/// The values that placeholders stand for. What is `None` is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// The task, for `{prompt}`.
    pub prompt: Option<String>,
    /// A file with the task, as it is seen in the box, for `{prompt_file}`.
    pub prompt_file: Option<String>,
    /// The tree, as it is seen in the box, for `{workdir}`.
    pub workdir: Option<String>,
    /// What the agent called its session, for `{session}`.
    pub session: Option<String>,
    /// For `{model}`.
    pub model: Option<String>,
    /// The pinned test command as a person would type it, for `{test_command}`.
    pub test_command: Option<String>,
    /// Where the model answers, for `{llm}`.
    pub llm: Option<String>,
}

/// What a template became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// The text.
    Text(String),
    /// This placeholder has no value.
    Missing(&'static str),
}

/// The names of all placeholders.
const NAMES: [&str; 7] = [
    "prompt",
    "prompt_file",
    "workdir",
    "session",
    "model",
    "test_command",
    "llm",
];

impl Values {
    fn of(&self, name: &str) -> Option<&str> {
        match name {
            "prompt" => self.prompt.as_deref(),
            "prompt_file" => self.prompt_file.as_deref(),
            "workdir" => self.workdir.as_deref(),
            "session" => self.session.as_deref(),
            "model" => self.model.as_deref(),
            "test_command" => self.test_command.as_deref(),
            "llm" => self.llm.as_deref(),
            _ => None,
        }
    }

    /// `template` with its placeholders filled in. One pass: what a value contains is never filled.
    pub(crate) fn fill(&self, template: &str) -> Filled {
        let mut out = String::with_capacity(template.len());
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(name) => match (self.of(name), NAMES.iter().find(|n| **n == name)) {
                    (Some(value), _) => out.push_str(value),
                    (None, Some(name)) => return Filled::Missing(name),
                    (None, None) => {
                        out.push('{');
                        out.push_str(name);
                        out.push('}');
                    }
                },
            }
        }
        Filled::Text(out)
    }

    /// A settings file, line by line; a line with a value that is not known is left out.
    pub(crate) fn fill_lines(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len());
        for line in template.lines() {
            if let Filled::Text(line) = self.fill(line) {
                out.push_str(&line);
                out.push('\n');
            }
        }
        out
    }

    /// An environment; a variable with a value that is not known is left out.
    pub(crate) fn fill_env(&self, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        env.iter()
            .filter_map(|(name, template)| match self.fill(template) {
                Filled::Text(value) => Some((name.clone(), value)),
                Filled::Missing(_) => None,
            })
            .collect()
    }
}

/// The first placeholder of `template` that is none.
pub(super) fn unknown(template: &str) -> Option<&str> {
    pieces(template).find_map(|piece| match piece {
        Piece::Name(name) if !NAMES.contains(&name) => Some(name),
        _ => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Text, and words between braces.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = |text: &'_ str| -> Option<usize> {
            let end = text.strip_prefix('{')?.find('}')?;
            let word = &text[1..=end];
            let plain = |c: char| c.is_ascii_lowercase() || c == '_';
            (!word.is_empty() && word.chars().all(plain)).then_some(end)
        };
        if let Some(end) = word(rest) {
            let name = &rest[1..=end];
            rest = &rest[end + 2..];
            return Some(Piece::Name(name));
        }
        let next = rest
            .char_indices()
            .skip(1)
            .find(|(at, c)| *c == '{' && word(&rest[*at..]).is_some())
            .map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at(next);
        rest = after;
        Some(Piece::Text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            prompt: Some("say {model}".to_owned()),
            model: Some("m-1".to_owned()),
            llm: Some("http://127.0.0.1:3128/llm/x".to_owned()),
            ..Values::default()
        }
    }

    #[test]
    fn a_value_is_put_in_and_never_filled_itself() {
        let text = |t: &str| Filled::Text(t.to_owned());
        assert_eq!(values().fill("{prompt}"), text("say {model}"));
        assert_eq!(values().fill("a/{model}/{model}b"), text("a/m-1/m-1b"));
        assert_eq!(values().fill("{ \"k\": {} }"), text("{ \"k\": {} }"));
        assert_eq!(values().fill("{session}"), Filled::Missing("session"));
        assert_eq!(values().fill("ö{{model}"), text("ö{m-1"));
    }

    #[test]
    fn lines_and_variables_without_a_value_are_left_out() {
        let lines = "[x]\nmodel = \"{model}\"\nid = \"{session}\"\n";
        assert_eq!(values().fill_lines(lines), "[x]\nmodel = \"m-1\"\n");
        let env = [("A", "{llm}/v1"), ("B", "{session}"), ("C", "1")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()));
        let filled = values().fill_env(&env.into());
        assert_eq!(
            filled.into_iter().collect::<Vec<_>>(),
            [
                ("A".to_owned(), "http://127.0.0.1:3128/llm/x/v1".to_owned()),
                ("C".to_owned(), "1".to_owned())
            ]
        );
    }

    #[test]
    fn a_misspelt_placeholder_is_found() {
        assert_eq!(unknown("--x={modle}"), Some("modle"));
        assert_eq!(unknown("{model} {Model} {}"), None);
    }
}
