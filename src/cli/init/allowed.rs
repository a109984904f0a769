//! Before anything that was given is kept for the next run: it holds no secret, and is a setting.

use super::Trouble;
use super::session::Start;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Severity, is_secret};
use crate::exit::Exit;
use crate::setup::answers::Answers;
use crate::setup::fill::Setting;

impl Start<'_> {
    /// Refuses what could not go into the configuration in the end: until then it would stand in a file.
    pub(super) fn allowed(&self) -> Result<(), Trouble> {
        no_secret(&self.answers)?;
        let wrong = |error: &dyn std::fmt::Display| Trouble(Exit::Usage, error.to_string());
        let mut settings = Vec::new();
        if let Some(mode) = &self.answers.mode {
            settings.push(Setting::named("mode", mode.as_str()).map_err(|e| wrong(&e))?);
        }
        if let Some(base) = &self.answers.base_url
            && base.scheme() == "http"
        {
            // What the set-up will write as well, and others may need.
            for (name, value) in [
                ("allow_insecure_loopback", toml_edit::Value::from(true)),
                ("auth0.base_url", base.as_str().into()),
            ] {
                settings.push(Setting::named(name, value).map_err(|e| wrong(&e))?);
            }
        }
        for (name, value) in &self.answers.settings {
            let value: toml_edit::Value = value
                .to_string()
                .parse()
                .map_err(|_| wrong(&format!("{name}: it is no value of TOML")))?;
            settings.push(Setting::named(name, value).map_err(|e| wrong(&e))?);
        }
        if settings.is_empty() {
            return Ok(());
        }
        let (before, _) = self.present.filled(&[])?;
        let (after, _) = self.present.filled(&settings)?;
        let parsed = |text: &str| {
            let environment = &self.context.environment;
            Config::parse(text, &self.present.path, environment, SystemClock.now())
        };
        let Err(mut problems) = parsed(&after) else {
            return Ok(());
        };
        // The file that is shipped waits for what is asked yet.
        let known = parsed(&before).err().map_or(Vec::new(), |found| found.list);
        problems.list.retain(|problem| {
            problem.severity == Severity::Error
                && known.iter().all(|k| k.message != problem.message)
        });
        if problems.list.is_empty() {
            return Ok(());
        }
        eprint!("{}", problems.render(false));
        Err(Trouble(
            Exit::Config,
            "with these settings the configuration could not be used; nothing of them was kept, and nothing changed"
                .to_owned(),
        ))
    }
}

/// No answer has the shape of a secret. Files are named, and their names have none.
pub(super) fn no_secret(answers: &Answers) -> Result<(), Trouble> {
    let lists = [&answers.scopes, &answers.address];
    let texts = [
        ("domain", &answers.domain),
        ("device_client_id", &answers.device_client_id),
        ("name", &answers.name),
        ("connection", &answers.connection),
        ("github_client_id", &answers.github_client_id),
        ("user_id", &answers.user_id),
        ("worker_client_id", &answers.worker_client_id),
        ("login_client_id", &answers.login_client_id),
        ("mode", &answers.mode),
    ];
    let secret = texts
        .into_iter()
        .find(|(_, text)| text.as_deref().is_some_and(is_secret))
        .map(|(question, _)| question)
        .or_else(|| {
            let mut listed = lists.into_iter().flatten().flatten();
            listed.any(|text| is_secret(text)).then_some("a list")
        })
        .or_else(|| {
            let base = answers.base_url.as_ref();
            base.is_some_and(|url| url.password().is_some() || is_secret(url.as_str()))
                .then_some("base_url")
        });
    match secret {
        None => Ok(()),
        Some(question) => Err(Trouble(
            Exit::Usage,
            format!(
                "the answer to {question} has the shape of a secret, and none is asked for there; it was not kept. Consider it as seen if it was on the command line"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_the_shape_of_a_secret_is_refused_by_its_name() {
        let token = "ghp_0123456789abcdefghij0123456789abcdef";
        let given = |text: &str| Answers {
            github_client_id: Some(text.to_owned()),
            ..Answers::default()
        };
        let Trouble(exit, why) = no_secret(&given(token)).expect_err("a secret");
        assert_eq!(exit, Exit::Usage);
        assert!(
            why.contains("github_client_id") && !why.contains(token),
            "{why}"
        );
        no_secret(&given("Ov23liCanary")).expect("an id");
        let listed = Answers {
            scopes: Some(vec!["repo".to_owned(), token.to_owned()]),
            ..Answers::default()
        };
        no_secret(&listed).expect_err("a secret");
        let url = Answers {
            base_url: Some(url::Url::parse("https://me:word@acme.example/").expect("a URL")),
            ..Answers::default()
        };
        no_secret(&url).expect_err("a password");
    }
}
