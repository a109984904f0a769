//! The questions, in an order in which each can be answered from what is known by then.

use vault::tenant::TenantUser;

use super::ask::{Left, Question, confirm, select, text};
use crate::setup::answers::{Answers, Purpose, Wrong, address, domain, user_id};

/// The tenant, before anything can be looked at.
pub(super) fn tenant(answers: &mut Answers) -> Result<(), Left> {
    if answers.domain.is_some() {
        return Ok(());
    }
    let asked = Question {
        asks: "Which Auth0 tenant?",
        why: "bountyd has no GitHub token. It asks your tenant for one, for minutes, each time it works.",
        help: "its domain, such as acme.eu.auth0.com; manage.auth0.com shows it on the page of any application",
    };
    answers.domain = Some(text(&asked, None, domain)?);
    Ok(())
}

/// How the operator signs in; `true`: by a token that he pastes.
pub(super) fn sign_in(answers: &mut Answers, device: bool) -> Result<bool, Left> {
    if answers.device_client_id.is_some() {
        return Ok(false);
    }
    if !device {
        return Ok(true);
    }
    let asked = Question {
        asks: "How do you sign in?",
        why: "to set the tenant up takes a token for its Management API. It stays in this process and ends with it.",
        help: "tokens: API Explorer of the Management API; codes: grant Device Code",
    };
    let options = vec![
        "Paste a token of the Management API".to_owned(),
        "Confirm a code in the browser, for a native application".to_owned(),
    ];
    if select(&asked, options)? == 0 {
        return Ok(true);
    }
    let asked = Question {
        asks: "Client id of that native application?",
        why: "the code is given out for it. It is not the application that bountyd will use.",
        help: "Applications > your native application; it has the grant Device Code",
    };
    answers.device_client_id = Some(text(&asked, None, word)?);
    Ok(false)
}

fn word(typed: &str) -> Result<String, Wrong> {
    let typed = typed.trim();
    if typed.is_empty() || typed.contains(char::is_whitespace) || typed.len() > 128 {
        return Err(Wrong {
            question: "the id",
            reason: "is not one word".to_owned(),
            remedy: "copy it as it is shown",
        });
    }
    Ok(typed.to_owned())
}

/// What the rest depends on, as the tenant shows it.
pub(super) struct Seen {
    /// The connection leads to an application of the owner's at GitHub already.
    pub(super) github_application: bool,
    /// People of the tenant.
    pub(super) users: Vec<TenantUser>,
}

/// One question of the rest: asks nothing if the answer is known.
type Ask = fn(&mut Answers, &Seen, &str) -> Result<(), Left>;

/// The rest, in order; Esc goes back to the one before. `keep` is called after each.
pub(super) fn rest(
    answers: &mut Answers,
    seen: &Seen,
    callback: &str,
    keep: &mut dyn FnMut(&Answers) -> Result<(), super::Trouble>,
) -> Result<(), Left> {
    let questions: [Ask; 5] = [purpose, github, user, place, mode];
    // What was known before each question that was really asked.
    let mut asked: Vec<(usize, Answers)> = Vec::new();
    let mut at = 0;
    while let Some(ask) = questions.get(at) {
        let before = answers.clone();
        match ask(answers, seen, callback) {
            Ok(()) => {
                if *answers != before {
                    keep(answers)?;
                    asked.push((at, before));
                }
                at += 1;
            }
            Err(Left::Back) => {
                (at, *answers) = asked.pop().ok_or(Left::Back)?;
                keep(answers)?;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

fn purpose(answers: &mut Answers, seen: &Seen, _: &str) -> Result<(), Left> {
    if answers.purpose.is_some() || seen.github_application {
        return Ok(());
    }
    let asked = Question {
        asks: "Where will you hunt?",
        why: "a GitHub App's token reaches only repositories where the App is installed, and strangers have not installed yours. An OAuth App's token reaches every public repository; its scope is broader, and it does not expire by itself.",
        help: "hunting bounties takes the first; Enter takes it",
    };
    let options = vec![
        "In strangers' repositories: an OAuth App (recommended)".to_owned(),
        "Only where my own GitHub App is installed: a GitHub App".to_owned(),
    ];
    answers.purpose = Some(match select(&asked, options)? {
        0 => Purpose::Strangers,
        _ => Purpose::Installed,
    });
    Ok(())
}

fn github(answers: &mut Answers, seen: &Seen, callback: &str) -> Result<(), Left> {
    if answers.github_client_id.is_some() || seen.github_application {
        return Ok(());
    }
    let (kind, page) = match answers.purpose {
        Some(Purpose::Installed) => ("GitHub App", "https://github.com/settings/apps/new"),
        _ => ("OAuth App", "https://github.com/settings/applications/new"),
    };
    eprintln!(
        "\n  Register an {kind} at GitHub, in another window:\n    {page}\n  with this Authorization callback URL:\n    {callback}\n  and make a client secret there. You are asked for it in a moment, where\n  nothing is shown."
    );
    let asked = Question {
        asks: "Client id of your application at GitHub?",
        why: "your tenant asks GitHub as that application whether it may act for you.",
        help: "on the application's page at GitHub, such as Ov23li… or Iv1.…",
    };
    answers.github_client_id = Some(text(&asked, None, word)?);
    Ok(())
}

fn user(answers: &mut Answers, seen: &Seen, _: &str) -> Result<(), Left> {
    if answers.user_id.is_some() {
        return Ok(());
    }
    let asked = Question {
        asks: "Which user of the tenant are you?",
        why: "bountyd acts for this user and for nobody else. It must be the primary identity, not one that was linked to another.",
        help: "Enter takes the first",
    };
    let mut options: Vec<String> = seen
        .users
        .iter()
        .map(|user| {
            let name = user.email.as_deref().or(user.name.as_deref());
            let said = format!("{}  {}", user.user_id, name.unwrap_or_default());
            crate::cli::untrusted::line(said.trim_end())
        })
        .collect();
    let known = options.len();
    options.push("I am not listed: I will log in with GitHub".to_owned());
    options.push("Another user id".to_owned());
    let chosen = select(&asked, options)?;
    if let Some(user) = seen.users.get(chosen) {
        answers.user_id = Some(user.user_id.clone());
        return Ok(());
    }
    let asked = Question {
        asks: "Your user id in the tenant?",
        why: "a tenant calls whoever logs in with GitHub github|NUMBER, by his number at GitHub.",
        help: "https://api.github.com/users/YOUR-LOGIN shows the number as \"id\"",
    };
    let typed = if chosen == known {
        let asked = Question {
            asks: "Your number at GitHub?",
            ..asked
        };
        text(&asked, None, |typed| {
            user_id(&format!("github|{}", typed.trim()))
        })?
    } else {
        text(&asked, None, user_id)?
    };
    answers.user_id = Some(typed);
    Ok(())
}

fn place(answers: &mut Answers, _: &Seen, _: &str) -> Result<(), Left> {
    if answers.address.is_some() {
        return Ok(());
    }
    let asked = Question {
        asks: "From which public address does this machine reach the tenant?",
        why: "a stolen key is worth nothing elsewhere: the tenant serves the worker from the listed addresses only. If yours changes, doctor says so.",
        help: "auto: as the tenant sees this machine now; or 203.0.113.7, 2001:db8::/64, several with commas",
    };
    answers.address = Some(text(&asked, Some("auto"), |typed| {
        let parts = typed.split(',').map(str::trim);
        parts
            .map(|part| match part {
                "auto" => Ok("auto".to_owned()),
                other => address(other),
            })
            .collect::<Result<Vec<_>, _>>()
    })?);
    Ok(())
}

fn mode(answers: &mut Answers, _: &Seen, _: &str) -> Result<(), Left> {
    if answers.mode.is_some() {
        return Ok(());
    }
    let asked = Question {
        asks: "How far may bountyd go by itself?",
        why: "it acts under your name. You can change this at any time, in one line of the configuration.",
        help: "begin with the first; Enter takes it",
    };
    let options = vec![
        "watch: report what it would do, write nothing at GitHub".to_owned(),
        "ask: every bounty needs your yes".to_owned(),
        "auto: claims below your thresholds, asks about the rest".to_owned(),
    ];
    let chosen = select(&asked, options)?;
    answers.mode = ["watch", "ask", "auto"]
        .get(chosen)
        .map(|m| (*m).to_owned());
    Ok(())
}

/// Whether the plan is to be done.
pub(super) fn agreed() -> Result<bool, Left> {
    let asked = Question {
        asks: "Do this?",
        why: "until now nothing was changed in the tenant.",
        help: "n leaves everything as it is; started again, your answers are remembered",
    };
    confirm(&asked, true)
}

/// Whether what is set otherwise may be overwritten.
pub(super) fn overwrite(what: &str) -> Result<bool, Left> {
    let asked = Question {
        asks: &format!("Overwrite what is set in {what}?"),
        why: "it is set otherwise than bountyd needs it, perhaps for something else that uses it.",
        help: "the plan above shows what would change",
    };
    confirm(&asked, false)
}
