//! From the text of the file to a [`Config`], or to every reason why not.

mod egress;
mod fix;
mod habits;
mod mcp;
mod rates;
mod rules;
mod services;

#[cfg(test)]
pub(crate) use fix::SCANNERS;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

use super::complaints::{Complaints, Refusal};
use super::diagnostic::Problems;
use super::places::Environment;
use super::reader::Section;
use super::{Approvals, Config, Mcp};
use crate::bounty::policy::Mode;
use crate::bounty::text::count;
use crate::clock::UnixMillis;
use crate::schedule::{Schedule, Zone};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Larger than any honest configuration.
const LARGEST_FILE: u64 = 1 << 20;

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
            let reason = error.message().trim().replace('\n', "; ");
            let remedy = if reason.contains("duplicate key") {
                "remove the line that defines it twice"
            } else {
                "see https://toml.io for the grammar; strings stand in quotes"
            };
            complaints.error(error.span(), "this is not TOML".into(), reason, remedy);
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
    path: &'a Path,
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
        path,
        directory: path.parent().unwrap_or(Path::new("")).to_owned(),
        environment,
        now,
        insecure_loopback: root.boolean("allow_insecure_loopback", false),
        zone: zone.unwrap_or(Zone::UTC),
    };
    let mode = root.parsed("mode", mode).unwrap_or(Mode::Watch);
    let claim_without_fixer = root.boolean("claim_without_fixer", false);
    let schedule = reading.schedule(&root);
    let jitter = root.duration("jitter", Duration::ZERO..=HOUR, 2 * MINUTE);
    let state = reading.state_directory(&root);
    let runtime = root
        .parsed("runtime_directory", absolute)
        .or_else(|| Some(environment.default_runtime_directory(path, state.as_ref()?)));
    let auth0 = reading.auth0(root.section("auth0"));
    let github = reading.github(root.section("github"));
    let telegram = reading.telegram(root.section("telegram"));
    let scan = rules::scan(root.section("scan"));
    let (mut policy, write_spacing) =
        rules::policy(mode, claim_without_fixer, root.section("policy"));
    let approvals = reading.approvals(root.section("approvals"));
    let digest_at = habits::digest(root.section("digest"));
    let withdraw_after = habits::claim(root.section("claim"));
    let journal_retention = habits::journal(root.section("journal"));
    let rates = reading.rates(&root.section("rates"));
    let egress = reading.egress(root.section("egress"));
    let fix = reading.fix(root.section("fix"), &egress);
    policy.fixer = fix.is_some();
    let mcp = mcp::mcp(root.section("mcp"));
    warn_of_deaf_approvers(&root, &approvals, &mcp);
    let logging = habits::logging(root.section("logging"));
    if mode != Mode::Watch && !root.section("telegram").is_present() {
        complaints.warning(
            root.span("mode"),
            "nobody can be asked on Telegram".into(),
            "this mode asks, and there is no [telegram] section",
            "answer with `bountyd approve`, or set [telegram] owner_id",
        );
    }
    if mode == Mode::Auto && !claim_without_fixer && fix.is_none() {
        complaints.warning(
            root.span("mode"),
            "every bounty will be asked about".into(),
            "no fixer is configured, so nobody would work on what `auto` claims",
            "set claim_without_fixer = true if you do the work yourself",
        );
    }
    if let Some(schedule) = &schedule {
        warn_of_rush(&root, schedule, scan.queries.len(), now);
    }
    root.finish();
    Some(Config {
        path: path.to_owned(),
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
        write_spacing,
        approvals,
        digest_at: digest_at?,
        withdraw_after,
        journal_retention,
        rates,
        fix,
        egress,
        mcp,
        logging,
    })
}

/// GitHub takes 30 searches a minute (REST documentation, "Rate limits for the search endpoint").
const SEARCHES_PER_HOUR: usize = 30 * 60;

/// Warns of a schedule that asks for more than GitHub answers.
fn warn_of_rush(root: &Section<'_>, schedule: &Schedule, queries: usize, now: UnixMillis) {
    let hour = now.plus(HOUR);
    let runs = schedule
        .runs_after(now)
        .take_while(|at| *at <= hour)
        .count();
    if runs * queries > SEARCHES_PER_HOUR {
        root.complaints.warning(
            root.span("schedule"),
            "the schedule is faster than GitHub".into(),
            format!(
                "{} of {} in the next hour; GitHub takes {SEARCHES_PER_HOUR}",
                count(runs as u64, "scan", "scans"),
                count(queries as u64, "search", "searches"),
            ),
            "scan less often; nothing is lost, since each scan starts where the last one ended",
        );
    }
}

/// Warns of users who are to answer and may not.
fn warn_of_deaf_approvers(root: &Section<'_>, approvals: &Approvals, mcp: &Mcp) {
    let clients = mcp.clients.values();
    for client in clients.filter(|client| approvals.approvers.contains(&client.uid)) {
        let (uid, name) = (client.uid, &client.name);
        root.complaints.warning(
            root.span("mcp"),
            format!("user {uid} may not answer"),
            format!("approvals.approvers names it, and the client `{name}` runs as it"),
            "run the client as a user of its own, or take the user out of approvals.approvers",
        );
    }
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
        let default = self.environment.default_state_directory(self.path);
        if default.is_none() {
            root.missing(
                "state_directory",
                "neither $STATE_DIRECTORY nor $XDG_STATE_HOME nor $HOME is set",
                "say where the ledger may live, such as \"/var/lib/bountyd\"",
            );
        }
        default
    }
}
