//! `bountyd telegram pair`: the bot's token into its file, the owner's number into the configuration.

use std::path::{Path, PathBuf};

use clap::Args;
use clock::OsEntropy;
use serde::Serialize;
use url::Url;
use vault::credential_store::{Existing, Sealer, StoreError, Stored, store, store_sealed};
use vault::telegram::Telegram;
use vault::{EnteredSecret, SecretError};

use super::{API, CREDENTIAL, introduced, nobody_polls, settings, stored, unfit};
use crate::cli::entered::{self, Way};
use crate::cli::session::{Stop, by_sudo, daemon_listens, now};
use crate::cli::{Context, qr, terminal, untrusted};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::config::edit::{Edit, EditError};
use crate::exit::Exit;
use crate::telegram::pair::{Event, Paired, pair};

/// What the README has one begin with who does not know his number.
const NOBODY: u64 = 1;

/// Letters of a code, in two groups.
const LETTERS: usize = 8;

/// Tell bountyd which chat is yours
///
/// Asks for the bot's token (what you type is not shown), stores it in a file of mode 0600, and shows a
/// code. Send that to your bot: whoever sends it sits at this machine. Your numeric id goes into the
/// configuration; the file before is kept as *.bak. From then on nobody else can answer.
#[derive(Debug, Args)]
pub(super) struct Pair {
    /// Take the bot's token from this file (mode 0600) and do not ask
    #[arg(long, value_name = "FILE", conflicts_with = "token_stdin")]
    token_file: Option<PathBuf>,
    /// Take the bot's token from standard input, as in `pass show bot | bountyd telegram pair …`
    #[arg(long)]
    token_stdin: bool,
    /// Where the token is stored [default: telegram.token_file, else /etc/credstore/bountyd.telegram-token
    /// for the system's configuration, else telegram-token beside the configuration]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Seal the token with systemd-creds, for the service (see bountyd.service.d/encrypted.conf)
    #[arg(long)]
    seal: bool,
    /// Put another token in the place of the one that is stored
    #[arg(long)]
    replace: bool,
    /// Let another person than the owner in the configuration become the owner
    #[arg(long)]
    new_owner: bool,
    /// A Bot API server of your own [default: telegram.api_url, else Telegram's]
    #[arg(long, value_name = "URL")]
    api_url: Option<Url>,
}

/// What was set up, for a program.
#[derive(Serialize)]
struct Report {
    bot: String,
    bot_id: u64,
    owner_id: u64,
    chat_id: i64,
    token_file: PathBuf,
    token: &'static str,
    config: PathBuf,
    /// The configuration before, if it was changed.
    backup: Option<PathBuf>,
    restart_needed: bool,
}

impl Pair {
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Stop> {
        vault::harden()
            .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
        let config = context.config()?;
        nobody_polls(&config).await?;
        let mut edit = Edit::open(&config.path).map_err(unchanged)?;
        may_write(&config.path)?;
        let api = self.api(&config)?;
        let settings = settings(&config, api.clone());
        let place = self.place(context, &config);

        let (bot, entered) = match self.present(&place) {
            Some(source) => {
                let bot = Telegram::stored(&source, &settings)
                    .await
                    .map_err(|e| unfit(&e))?;
                (bot, None)
            }
            None => {
                let secret = self.ask()?;
                let bot = Telegram::entered(&secret, &settings)
                    .await
                    .map_err(|e| unfit(&e))?;
                (bot, Some(secret))
            }
        };
        let me = introduced(&bot).await?;
        eprintln!("The token is @{}'s.", untrusted::line(&me.username));
        let token = match &entered {
            Some(secret) => self.keep(&place, secret)?,
            None => Stored::Unchanged,
        };
        if entered.is_some() {
            eprintln!("It is stored in {}.", place.display());
        }

        let owner = config.telegram.as_ref().map(|t| t.owner_id);
        let owner = owner.filter(|id| *id != NOBODY && !self.new_owner);
        let codes = || grouped(&terminal::letters(&OsEntropy, LETTERS));
        let link = (api.as_str() == API).then_some(me.username.as_str());
        let paired = pair(&bot, &SystemClock, &codes, owner, |event| {
            tell(&event, &me.username, link);
        })
        .await?;

        edit.set("telegram", "owner_id", number(paired)?)
            .map_err(unchanged)?;
        if !self.seal {
            let named = place.display().to_string();
            edit.set("telegram", "token_file", named)
                .map_err(unchanged)?;
        }
        if self.api_url.is_some() {
            edit.set("telegram", "api_url", api.as_str())
                .map_err(unchanged)?;
        }
        let backup = save(context, &config.path, edit)?;
        let report = Report {
            bot: me.username,
            bot_id: me.id,
            owner_id: paired.user_id,
            chat_id: paired.chat_id,
            token_file: place,
            token: match token {
                Stored::New => "stored",
                Stored::Unchanged => "unchanged",
                Stored::Replaced => "replaced",
            },
            restart_needed: daemon_listens(&config).await?,
            config: config.path,
            backup,
        };
        if context.json {
            return Ok(context.print_json(&report));
        }
        Ok(context.print(&text(&report)))
    }

    fn api(&self, config: &Config) -> Result<Url, Stop> {
        if let Some(url) = &self.api_url {
            return Ok(url.clone());
        }
        match &config.telegram {
            Some(telegram) => Ok(telegram.api_url.clone()),
            None => Url::parse(API).map_err(|e| Stop::Say(Exit::Failure, format!("{API}: {e}"))),
        }
    }

    fn place(&self, context: &Context, config: &Config) -> PathBuf {
        let configured = || config.telegram.as_ref()?.token_file.clone();
        let environment = &context.environment;
        match &self.store {
            Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()),
            None if self.seal => environment.sealed_credential(&config.path, CREDENTIAL),
            None => configured()
                .unwrap_or_else(|| environment.default_credential(&config.path, CREDENTIAL)),
        }
    }

    /// The token that is there already and is not to be replaced.
    fn present(&self, place: &Path) -> Option<vault::SecretSource> {
        let asked_for = self.token_file.is_some() || self.token_stdin || self.replace || self.seal;
        let source = stored(Some(place.to_owned()));
        // One that cannot be used is said to be so, and not asked for again.
        let there = !matches!(source.probe(), Err(SecretError::Missing { .. }));
        (there && !asked_for).then_some(source)
    }

    fn ask(&self) -> Result<EnteredSecret, Stop> {
        let way = match (&self.token_file, self.token_stdin) {
            (Some(file), _) => Way::File(file),
            (None, true) => Way::Stdin,
            (None, false) => Way::Terminal {
                question: "The token of your bot, from @BotFather",
                instead: "name a file with --token-file, or pipe it in with --token-stdin",
            },
        };
        entered::secret(&way)
    }

    fn keep(&self, place: &Path, secret: &EnteredSecret) -> Result<Stored, Stop> {
        let existing = if self.replace {
            Existing::Replace
        } else {
            Existing::Keep
        };
        let kept = if self.seal {
            Sealer::find().map_err(StoreError::from).and_then(|sealer| {
                eprintln!("Sealed with {}.", sealer.keeper());
                store_sealed(place, CREDENTIAL, secret, &sealer, existing)
            })
        } else {
            store(place, secret, existing)
        };
        kept.map_err(|error| {
            let hint = match &error {
                StoreError::Different(_) => " with --replace",
                _ => "",
            };
            Stop::Say(Exit::CannotCreate, format!("{error}{hint}"))
        })
    }
}

/// Shows what happens, on stderr: stdout is for the result.
fn tell(event: &Event<'_>, bot: &str, link: Option<&str>) {
    match event {
        Event::Code(code) => {
            eprintln!(
                "\nSend this to @{} in your own private chat with it:\n",
                untrusted::line(bot)
            );
            eprintln!("    {code}\n");
            if let Some(bot) = link {
                let address = format!("https://t.me/{bot}?start={code}");
                eprintln!("or open {address} on your phone.");
                eprint!("{}", qr::on_stderr(&address));
            }
            eprintln!("Waiting for it, ten minutes at most …");
        }
        Event::Refused { from, why } => match from {
            Some(from) => eprintln!("Refused somebody (Telegram user {from}): {why}."),
            None => eprintln!("Refused somebody: {why}."),
        },
        Event::Burned => eprintln!("That code has been seen elsewhere and counts no more."),
        Event::Dropped(count) => {
            eprintln!("{count} earlier messages or taps waited in the chat; they are passed over.");
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = format!(
        "Paired: you are Telegram user {}, and @{} asks you in your private chat with it.\n",
        report.owner_id, report.bot
    );
    if let Some(backup) = &report.backup {
        text += &format!(
            "{} says so now; what it was is in {}.\n",
            report.config.display(),
            backup.display()
        );
    }
    if report.restart_needed {
        text += "Restart bountyd for it: systemctl restart bountyd\n";
    }
    text + &format!("Next: `{}`.\n", by_sudo("bountyd telegram test"))
}

fn grouped(letters: &str) -> String {
    let (first, second) = letters.split_at(letters.len() / 2);
    format!("{first}-{second}")
}

fn number(paired: Paired) -> Result<i64, Stop> {
    i64::try_from(paired.user_id).map_err(|_| {
        Stop::Say(
            Exit::Failure,
            "Telegram names an impossible user id".to_owned(),
        )
    })
}

/// Whether the configuration can be replaced, before anybody is asked for anything.
fn may_write(path: &Path) -> Result<(), Stop> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).map_err(|error| {
        Stop::Say(
            Exit::NotAllowed,
            format!(
                "the configuration {} cannot be changed by this user ({error}); run it with sudo",
                path.display()
            ),
        )
    })
}

/// Writes the configuration if what came of it can be used.
fn save(context: &Context, path: &Path, edit: Edit) -> Result<Option<PathBuf>, Stop> {
    if let Err(problems) = Config::parse(edit.text(), path, &context.environment, now()) {
        eprint!("{}", problems.render(false));
        return Err(Stop::Say(
            Exit::Config,
            "the configuration would not be usable afterwards, and is left as it is".to_owned(),
        ));
    }
    edit.save().map_err(unchanged)
}

fn unchanged(error: EditError) -> Stop {
    let exit = match &error {
        EditError::Io { .. } => Exit::CannotCreate,
        EditError::Changed(_) => Exit::TryLater,
        _ => Exit::Config,
    };
    Stop::Say(exit, error.to_string())
}
