//! From the text of the file to a [`Config`], or to every reason why not.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use toml::de::{DeTable, DeValue};

use super::diagnostic::Problems;
use super::places::Environment;
use super::reader::{Complaints, Refusal, Section, parse_duration};
use super::values::{self, Cents, RATE_LIFE_DAYS, Rate};
use super::{
    Approvals, Auth0, ClientAuthentication, Config, DEFAULT_QUERIES, Github, LogFormat, Logging,
    Mode, PolicySettings, Scan, Telegram, queries,
};
use crate::clock::UnixMillis;
use crate::schedule::{Schedule, TimeOfDay, Window, Zone};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Larger than any honest configuration.
const LARGEST_FILE: u64 = 1 << 20;

/// The dearest bounty a threshold may speak of, in dollars.
const MOST_DOLLARS: u64 = 10_000_000;

/// A configuration that can be used, and what is odd about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Warnings; no errors among them.
    pub warnings: Problems,
}

impl Config {
    /// Reads the file at `path`. `now` tells which rates are too old.
    ///
    /// # Errors
    /// With every complaint about the file at once.
    pub fn load(
        path: &Path,
        environment: &Environment,
        now: UnixMillis,
    ) -> Result<Loaded, Problems> {
        match read_file(path) {
            Ok(source) => Self::parse(&source, path, environment, now),
            Err((reason, remedy)) => {
                let complaints = Complaints::default();
                complaints.error(
                    None,
                    format!("cannot read the configuration {}", path.display()),
                    reason,
                    remedy,
                );
                Err(Problems::new(path, "", complaints.into_list()))
            }
        }
    }

    /// As [`Config::load`], from a text; `path` is where it is said to stand.
    ///
    /// # Errors
    /// With every complaint about the text at once.
    pub fn parse(
        source: &str,
        path: &Path,
        environment: &Environment,
        now: UnixMillis,
    ) -> Result<Loaded, Problems> {
        let complaints = Complaints::default();
        let (table, errors) = DeTable::parse_recoverable(source);
        for error in &errors {
            complaints.error(
                error.span(),
                "this is not TOML".into(),
                error.message().trim().replace('\n', "; "),
                "see https://toml.io for the grammar; strings stand in quotes",
            );
        }
        // After a syntax error the rest is guesswork: its complaints would be about what is missing.
        let config = errors
            .is_empty()
            .then(|| read(source, table.get_ref(), path, environment, now, &complaints))
            .flatten();
        let problems = Problems::new(path, source, complaints.into_list());
        match config {
            Some(config) if !problems.has_errors() => Ok(Loaded {
                config,
                warnings: problems,
            }),
            _ => Err(problems),
        }
    }
}

fn read_file(path: &Path) -> Result<String, (String, String)> {
    let io = |error: std::io::Error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => {
                "name it with --config, or copy config/bountyd.toml there and fill it in"
            }
            std::io::ErrorKind::PermissionDenied => {
                "run as a user who may read it, or change its mode; it holds no secrets"
            }
            _ => "see that it is an ordinary file on a working disk",
        };
        (error.to_string(), remedy.to_owned())
    };
    let mut file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err((
            "it is larger than 1 MiB".into(),
            "name the configuration, not some other file".into(),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        (
            format!("byte {} is not UTF-8", error.utf8_error().valid_up_to() + 1),
            "save the file as UTF-8".into(),
        )
    })
}

/// What the sections need to know about each other.
struct Reading<'a> {
    directory: PathBuf,
    environment: &'a Environment,
    now: UnixMillis,
    insecure_loopback: bool,
    zone: Zone,
}

fn read(
    source: &str,
    table: &DeTable<'_>,
    path: &Path,
    environment: &Environment,
    now: UnixMillis,
    complaints: &Complaints,
) -> Option<Config> {
    let root = Section::root(source, table, complaints);
    let zone = root
        .parsed("timezone", zone)
        .or_else(|| default_zone(&root));
    let reading = Reading {
        directory: path.parent().unwrap_or(Path::new("")).to_owned(),
        environment,
        now,
        insecure_loopback: root.boolean("allow_insecure_loopback", false),
        zone: zone.unwrap_or(Zone(chrono_tz::UTC)),
    };
    let mode = root.parsed("mode", mode).unwrap_or(Mode::Watch);
    let claim_without_fixer = root.boolean("claim_without_fixer", false);
    let schedule = reading.schedule(&root);
    let jitter = root.duration("jitter", Duration::ZERO..=HOUR, 2 * MINUTE);
    let state = reading.state_directory(&root);
    let runtime = root
        .parsed("runtime_directory", absolute)
        .or_else(|| Some(environment.default_runtime_directory(state.as_ref()?)));
    let auth0 = reading.auth0(root.section("auth0"));
    let github = reading.github(root.section("github"));
    let telegram = reading.telegram(root.section("telegram"));
    let scan = scan(root.section("scan"));
    let policy = policy(root.section("policy"));
    let approvals = reading.approvals(root.section("approvals"));
    let digest_at = digest(root.section("digest"));
    let withdraw_after = claim(root.section("claim"));
    let journal_retention = journal(root.section("journal"));
    let rates = reading.rates(&root.section("rates"));
    let logging = logging(root.section("logging"));
    if mode != Mode::Watch && telegram.is_none() && !root.section("telegram").is_present() {
        complaints.warning(
            root.span("mode"),
            format!("mode `{mode}` has nobody to ask on Telegram"),
            "there is no [telegram] section",
            "answer with `bountyd approve`, or set [telegram] owner_id",
        );
    }
    if mode == Mode::Auto && !claim_without_fixer {
        complaints.error(
            root.span("mode"),
            "mode `auto` has no fixer".into(),
            "it would claim bounties that nobody works on",
            "use mode = \"ask\", or set claim_without_fixer = true if you do the work yourself",
        );
    }
    root.finish();
    Some(Config {
        path: path.to_owned(),
        mode,
        claim_without_fixer,
        schedule: schedule?,
        jitter,
        timezone: zone?,
        allow_insecure_loopback: reading.insecure_loopback,
        state_directory: state?,
        runtime_directory: runtime?,
        auth0: auth0?,
        github: github?,
        telegram,
        scan,
        policy,
        approvals,
        digest_at: digest_at?,
        withdraw_after,
        journal_retention,
        rates,
        logging,
    })
}

fn zone(name: &str) -> Result<Zone, Refusal> {
    Zone::parse(name).map_err(|error| {
        Refusal::new(
            error.to_string(),
            "write a name such as \"Europe/Berlin\" or \"UTC\"",
        )
    })
}

fn default_zone(root: &Section<'_>) -> Option<Zone> {
    if root.span("timezone").is_some() {
        return None;
    }
    zone("local")
        .map_err(|refusal| {
            root.missing("timezone", &refusal.reason, &refusal.remedy);
        })
        .ok()
}

fn mode(text: &str) -> Result<Mode, Refusal> {
    match text {
        "watch" => Ok(Mode::Watch),
        "ask" => Ok(Mode::Ask),
        "auto" => Ok(Mode::Auto),
        _ => Err(Refusal::new(
            "there are three modes",
            "use \"watch\" (write nothing), \"ask\" (every bounty needs your yes) or \"auto\"",
        )),
    }
}

fn absolute(text: &str) -> Result<PathBuf, Refusal> {
    let path = PathBuf::from(text);
    if path.is_absolute() {
        return Ok(path);
    }
    Err(Refusal::new(
        "the path is relative",
        "write the whole path, from `/` on",
    ))
}

fn non_empty(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Refusal::new(
            "it is empty or holds control characters",
            "fill it in",
        ));
    }
    Ok(text.trim().to_owned())
}

impl Reading<'_> {
    fn schedule(&self, root: &Section<'_>) -> Option<Schedule> {
        if root.span("schedule").is_none() {
            // Asking for it makes it a known key.
            root.string("schedule");
            return Schedule::parse("*/30 * * * *", self.zone).ok();
        }
        root.parsed("schedule", |line| {
            Schedule::parse(line, self.zone).map_err(|error| Refusal {
                reason: match error.field {
                    Some(field) => format!("{field} field: {}", error.reason),
                    None => error.reason,
                },
                remedy: error.remedy,
                part: Some(error.span),
            })
        })
    }

    fn state_directory(&self, root: &Section<'_>) -> Option<PathBuf> {
        let configured = root.parsed("state_directory", absolute);
        if configured.is_some() || root.span("state_directory").is_some() {
            return configured;
        }
        let default = self.environment.default_state_directory();
        if default.is_none() {
            root.missing(
                "state_directory",
                "neither $STATE_DIRECTORY nor $XDG_STATE_HOME nor $HOME is set",
                "say where the ledger may live, such as \"/var/lib/bountyd\"",
            );
        }
        default
    }

    /// A file of the owner's; a relative path counts from the configuration's directory.
    fn file(&self, text: &str) -> Result<PathBuf, Refusal> {
        non_empty(text).map(|text| self.directory.join(text))
    }

    fn auth0(&self, section: Section<'_>) -> Option<Auth0> {
        let domain = section.parsed("domain", values::domain);
        let base_url = section
            .parsed("base_url", |text| {
                values::directory_url(text, self.insecure_loopback)
            })
            .or_else(|| {
                let domain = domain.as_ref()?;
                url::Url::parse(&format!("https://{domain}/")).ok()
            });
        if section.span("domain").is_none() && section.span("base_url").is_none() {
            section.missing(
                "domain",
                "bountyd must know which tenant hands out the token",
                "add domain = \"YOUR-TENANT.eu.auth0.com\" to [auth0]",
            );
        }
        let required = |key, remedy| {
            let value = section.parsed(key, non_empty);
            if section.span(key).is_none() {
                section.missing(key, "it has no default", remedy);
            }
            value
        };
        let client_id = required(
            "client_id",
            "add client_id = \"…\", the id of the application in your tenant",
        );
        let user_id = required(
            "user_id",
            "add user_id = \"github|12345\", your own user id in the tenant",
        )
        .filter(|id| {
            let good = id.contains('|');
            if !good {
                section.complaints.error(
                    section.span("user_id"),
                    "`auth0.user_id` is not valid".into(),
                    "a user id names its connection, a bar, and a number or name",
                    "copy it from the user's page in your tenant: github|12345",
                );
            }
            good
        });
        let secret_file = section.parsed("client_secret_file", |text| self.file(text));
        let client_authentication = section
            .parsed("client_authentication", |text| match text {
                "private_key_jwt" => Ok(ClientAuthentication::PrivateKeyJwt),
                "client_secret" => Ok(ClientAuthentication::ClientSecret(secret_file.clone())),
                _ => Err(Refusal::new(
                    "there are two ways to authenticate",
                    "use \"private_key_jwt\" or \"client_secret\"",
                )),
            })
            .unwrap_or(ClientAuthentication::PrivateKeyJwt);
        if client_authentication == ClientAuthentication::PrivateKeyJwt && secret_file.is_some() {
            section.complaints.warning(
                section.span("client_secret_file"),
                "`auth0.client_secret_file` is not used".into(),
                "client_authentication is private_key_jwt",
                "remove it, or set client_authentication = \"client_secret\"",
            );
        }
        let default_party = base_url.as_ref().map(ToString::to_string);
        let auth0 = Auth0 {
            issuer: section
                .parsed("issuer", non_empty)
                .or_else(|| default_party.clone())?,
            audience: section.parsed("audience", non_empty).or(default_party)?,
            base_url: base_url?,
            client_id: client_id.unwrap_or_default(),
            login_client_id: section.parsed("login_client_id", non_empty),
            user_id: user_id.unwrap_or_default(),
            connection: section
                .parsed("connection", non_empty)
                .unwrap_or_else(|| "github".into()),
            client_authentication,
            keys: self.keys(&section),
            signing_key: section.parsed("signing_key", non_empty),
            scope: section.parsed("scope", non_empty),
            token_buffer: section.duration("token_buffer", SECOND..=10 * MINUTE, MINUTE),
            hold_cap: section.duration("hold_cap", SECOND..=HOUR, 15 * MINUTE),
        };
        section.finish();
        Some(auth0)
    }

    fn keys(&self, section: &Section<'_>) -> Vec<PathBuf> {
        let Some(listed) = section.strings("keys") else {
            return Vec::new();
        };
        if listed.len() > 2 {
            section.complaints.error(
                section.span("keys"),
                "`auth0.keys` names too many keys".into(),
                format!(
                    "{} are listed; a rotation needs two, the old and the new",
                    listed.len()
                ),
                "keep the one in use and its successor",
            );
        }
        listed
            .iter()
            .filter_map(|text| section.read("keys", text, |text| self.file(text)))
            .collect()
    }

    fn github(&self, section: Section<'_>) -> Option<Github> {
        let github = Github {
            api_url: section
                .parsed("api_url", |text| {
                    values::directory_url(text, self.insecure_loopback)
                })
                .or_else(|| url::Url::parse("https://api.github.com/").ok())?,
            graphql_url: section
                .parsed("graphql_url", |text| {
                    values::base_url(text, self.insecure_loopback)
                })
                .or_else(|| url::Url::parse("https://api.github.com/graphql").ok())?,
        };
        if section.span("api_url").is_some() != section.span("graphql_url").is_some() {
            section.complaints.error(
                section.header(),
                "[github] names one address of two".into(),
                "REST and GraphQL must be the same GitHub",
                "set both api_url and graphql_url, or neither",
            );
        }
        section.finish();
        Some(github)
    }

    fn telegram(&self, section: Section<'_>) -> Option<Telegram> {
        let api_url = section
            .parsed("api_url", |text| {
                values::directory_url(text, self.insecure_loopback)
            })
            .or_else(|| url::Url::parse("https://api.telegram.org/").ok());
        let owner_id = section.integer("owner_id", 1..=(1 << 52) - 1);
        let token_file = section.parsed("token_file", |text| self.file(text));
        if section.is_present() && section.span("owner_id").is_none() {
            section.missing(
                "owner_id",
                "only this numeric user id may answer",
                "write to the bot and copy the id that `bountyd` logs for a refused stranger",
            );
        }
        section.finish();
        Some(Telegram {
            api_url: api_url?,
            owner_id: u64::try_from(owner_id?).ok()?,
            token_file,
        })
    }

    fn approvals(&self, section: Section<'_>) -> Approvals {
        let approvals = Approvals {
            expiry: section.duration("expiry", MINUTE..=30 * DAY, HOUR),
            cards_per_day: section.count("cards_per_day", 0..=1000, 10),
            reasks: section.count("reasks", 0..=100, 2),
            quiet_hours: section
                .parsed("quiet_hours", |text| {
                    if text.is_empty() {
                        return Ok(None);
                    }
                    Window::parse(text, self.zone).map(Some).map_err(|error| {
                        Refusal::new(error.to_string(), "write \"22:00-07:00\", or \"\" for none")
                    })
                })
                .flatten(),
            approvers: section.ids("approvers"),
        };
        section.finish();
        approvals
    }

    fn rates(&self, section: &Section<'_>) -> Vec<Rate> {
        let today = DateTime::from_timestamp_millis(self.now.0).map(|at| at.date_naive());
        let mut rates = Vec::new();
        for (currency, span, table) in section.tables() {
            let usd_micros = table.parsed("usd", |text| {
                values::decimal(text, 6).and_then(|micros| {
                    if micros == 0 {
                        return Err(Refusal::new(
                            "a rate of 0 says nothing",
                            "remove it, or look it up",
                        ));
                    }
                    Ok(micros)
                })
            });
            if table.span("usd").is_none() {
                table.missing(
                    "usd",
                    "a rate needs a value",
                    "add usd = \"160.25\", as a string",
                );
            }
            let on = table.date("on");
            if table.span("on").is_none() {
                table.missing(
                    "on",
                    "a rate needs the day it was looked up",
                    "add on = 2026-11-01",
                );
            }
            let code_is_good = (2..=10).contains(&currency.len())
                && currency
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if !code_is_good || currency == "USD" {
                section.complaints.error(
                    Some(span.clone()),
                    format!("`{currency}` cannot have a rate"),
                    "a rate is for a currency other than the dollar, by its upper-case code",
                    "write for example [rates.EUR]",
                );
            }
            if let (Some(on), Some(today)) = (on, today) {
                let age = (today - on).num_days();
                if age > RATE_LIFE_DAYS {
                    section.complaints.warning(
                        Some(span),
                        format!("the rate of {currency} is too old"),
                        format!("it is {age} days old; after {RATE_LIFE_DAYS} amounts in {currency} count as unknown"),
                        "look it up and change `usd` and `on`",
                    );
                } else if age < -1 {
                    section.complaints.error(
                        table.span("on"),
                        format!("the rate of {currency} is from the future"),
                        format!("today is {today}"),
                        "write the day you looked it up",
                    );
                }
            }
            table.finish();
            if let (Some(usd_micros), Some(on)) = (usd_micros, on) {
                rates.push(Rate {
                    currency,
                    usd_micros,
                    on,
                });
            }
        }
        rates
    }
}

fn scan(section: Section<'_>) -> Scan {
    let queries = section.strings("queries").map(|listed| {
        if listed.is_empty() {
            section.complaints.error(
                section.span("queries"),
                "`scan.queries` is empty".into(),
                "nothing would be looked for",
                "list at least one search, or remove the key for the defaults",
            );
        }
        listed
            .iter()
            .filter_map(|text| section.read("queries", text, queries::check))
            .collect()
    });
    let scan = Scan {
        queries: queries.unwrap_or_else(|| DEFAULT_QUERIES.map(str::to_owned).to_vec()),
        lookback: section.duration("lookback", HOUR..=3650 * DAY, 90 * DAY),
        overlap: section.duration("overlap", Duration::ZERO..=DAY, 10 * MINUTE),
        page_size: section
            .integer("page_size", 1..=100)
            .and_then(|n| u8::try_from(n).ok())
            .unwrap_or(100),
    };
    section.finish();
    scan
}

fn policy(section: Section<'_>) -> PolicySettings {
    let money = |key, default: i64| section.dollars(key).unwrap_or(Cents(default * 100));
    let names = |key: &'static str, with_name: bool| -> Vec<String> {
        section
            .strings(key)
            .unwrap_or_default()
            .iter()
            .filter_map(|text| section.read(key, text, |text| values::repository(text, with_name)))
            .collect()
    };
    let languages = |key: &'static str| -> Vec<String> {
        section
            .strings(key)
            .unwrap_or_default()
            .iter()
            .filter_map(|text| section.read(key, text, non_empty))
            .map(|text| text.to_lowercase())
            .collect()
    };
    let settings = PolicySettings {
        minimum: money("minimum_usd", 20),
        ask_above: money("ask_above_usd", 500),
        daily_without_asking: money("daily_without_asking_usd", 1000),
        always_ask_first_time_repository: section.boolean("always_ask_first_time_repository", true),
        ask_unknown_amounts: section.boolean("ask_unknown_amounts", false),
        languages: languages("languages"),
        unwanted_languages: languages("unwanted_languages"),
        organisations: names("organisations", false),
        unwanted_organisations: names("unwanted_organisations", false),
        deny: names("deny", true),
        in_hand: section.count("in_hand", 0..=100, 2),
        per_organisation: section.count("per_organisation", 0..=100, 1),
        claims_per_day: section.count("claims_per_day", 0..=100, 3),
        write_spacing: section.duration("write_spacing", SECOND..=DAY, 30 * SECOND),
        trap_limit: section.count("trap_limit", 1..=1000, 50),
        max_attempts: section.count("max_attempts", 0..=1000, 3),
        max_open_pull_requests: section.count("max_open_pull_requests", 0..=1000, 1),
    };
    if settings.minimum > settings.ask_above && section.span("minimum_usd").is_some() {
        section.complaints.warning(
            section.span("minimum_usd"),
            "every bounty worth claiming will be asked about".into(),
            format!(
                "minimum_usd is above ask_above_usd ({})",
                settings.ask_above
            ),
            "raise ask_above_usd if that is not what you want",
        );
    }
    section.finish();
    settings
}

fn digest(section: Section<'_>) -> Option<TimeOfDay> {
    let default = || "08:00".parse().ok();
    let at = section.parsed("at", |text| {
        text.parse().map_err(|error: crate::schedule::WindowError| {
            Refusal::new(error.to_string(), "write \"08:00\"")
        })
    });
    section.finish();
    at.or_else(default)
}

fn claim(section: Section<'_>) -> Duration {
    let after = section.duration("withdraw_after", HOUR..=60 * DAY, 48 * HOUR);
    section.finish();
    after
}

fn journal(section: Section<'_>) -> Option<Duration> {
    let retention = section.parsed("retention", |text| {
        let length = parse_duration(text)?;
        if length.is_zero() {
            return Ok(None);
        }
        if length < 7 * DAY {
            return Err(Refusal::new(
                "a journal of less than a week proves little",
                "write at least \"7d\", or \"0\" to keep everything",
            ));
        }
        Ok(Some(length))
    });
    section.finish();
    retention.flatten()
}

fn logging(section: Section<'_>) -> Logging {
    let default = Logging::default();
    let logging = Logging {
        format: section
            .parsed("format", |text| match text {
                "auto" => Ok(LogFormat::Auto),
                "text" => Ok(LogFormat::Text),
                "json" => Ok(LogFormat::Json),
                "journald" => Ok(LogFormat::Journald),
                _ => Err(Refusal::new(
                    "there are four formats",
                    "use \"auto\", \"text\", \"json\" or \"journald\"",
                )),
            })
            .unwrap_or(default.format),
        filter: section
            .parsed("filter", |text| {
                tracing_subscriber::EnvFilter::try_new(text)
                    .map(|_| text.to_owned())
                    .map_err(|error| {
                        Refusal::new(
                            error.to_string(),
                            "write levels by module, such as \"info,octocrab=warn\"",
                        )
                    })
            })
            .unwrap_or(default.filter),
    };
    section.finish();
    logging
}

impl Section<'_> {
    /// Dollars: a whole number, or a decimal in quotes.
    fn dollars(&self, key: &'static str) -> Option<Cents> {
        let limit = |cents: u64| {
            i64::try_from(cents)
                .ok()
                .filter(|c| *c <= (MOST_DOLLARS * 100) as i64)
                .map(Cents)
        };
        if matches!(self.raw(key), Some(DeValue::String(_))) {
            return self.parsed(key, |text| {
                limit(values::decimal(text, 2)?).ok_or_else(|| {
                    Refusal::new(
                        "no bounty is that dear",
                        format!("write at most {MOST_DOLLARS}"),
                    )
                })
            });
        }
        let dollars = self.integer(key, 0..=MOST_DOLLARS as i64)?;
        Some(Cents(dollars * 100))
    }

    /// A TOML date without a time.
    fn date(&self, key: &'static str) -> Option<NaiveDate> {
        let value = self.raw(key)?;
        let date = value
            .as_datetime()
            .filter(|at| at.time.is_none())
            .and_then(|at| at.date)
            .and_then(|d| {
                NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day))
            });
        if date.is_none() {
            self.complaints.error(
                self.span(key),
                format!("`{}` has the wrong type", self.name(key)),
                "wanted is a date",
                "write it without quotes and without a time: 2026-11-01",
            );
        }
        date
    }
}
