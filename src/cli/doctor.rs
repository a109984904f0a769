//! `bountyd doctor`: does everything work, and what is to be mended first?

mod mending;
mod page;

use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use vault::tenant::EXAMINE_SCOPES;

use super::operator::Operator;
use super::session::{self, Stop};
use super::{Context, untrusted};
use crate::clock::{OsEntropy, SystemClock};
use crate::config::{Config, Loaded};
use crate::control_socket::{Answer, Client, ClientError, Request};
use crate::doctor::{self, Alone, Check, Finding, Held, Report};
use crate::exit::Exit;
use mending::{Consent, Mended};

/// Look whether everything works, and say what to mend first
///
/// Checks configuration, key, clock, tenant, exchange, token, GitHub, Telegram, ledger, journal, sandbox,
/// service, schedule and caps, in the order in which they depend on each other, each with its remedy in a
/// sentence. What stands behind a failure is not tried, and says so: mend the first one and look again.
///
/// With --tenant it looks at the tenant's settings as well, each for itself, and at what no exchange shows: with a
/// Management API token of your own, which only reads and is stored nowhere. It should have the scopes read:clients
/// read:client_credentials read:connections read:resource_servers read:client_grants read:users read:mfa_policies
/// read:logs; what it may not read is said, and not looked at.
///
/// It asks your tenant for one token, asks GitHub who you are, and asks Telegram about the bot. It writes
/// nothing there, and nothing here but the journal's lines about the exchange. While the daemon runs, the
/// daemon looks, so that nothing gets in its way; without one, this command takes its place for a moment.
///
/// Leaves with 0 if nothing fails (warnings do not count), with 66 if something could not be looked at from
/// here, and else with the code of the first failure: 78 settings, keys and parts, 65 a ledger that does
/// not hold, 69 what cannot be reached, 73 no room or no directory, 75 a limit that passes.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Mend what is safe to mend: modes of files with secrets and of the ledger, a missing directory, a
    /// write-ahead log that has grown; a webhook that takes the bot's messages away after asking you
    #[arg(long)]
    fix: bool,
    /// With --fix: say yes to what would be asked about
    #[arg(long, requires = "fix")]
    yes: bool,
    #[command(flatten)]
    operator: Operator,
}

/// The answer for a program.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    report: doctor::Shown<'a>,
    /// What `--fix` did.
    mended: &'a [Mended],
}

impl Doctor {
    pub(super) fn run(self, context: &Context) -> Exit {
        if let Err(error) = vault::harden() {
            return context.fail(
                Exit::Failure,
                &format!("cannot protect this process: {error}"),
            );
        }
        session::run(context, self.examined(context))
    }

    async fn examined(self, context: &Context) -> Result<Exit, Stop> {
        let (mut report, config) = examine(context).await?;
        let mut mended = Vec::new();
        if let (true, Some(config)) = (self.fix, &config) {
            let consent = Consent { yes: self.yes };
            mended = mending::mend(context, config, &report, consent).await?;
            if mended.iter().any(Mended::is_done) {
                report = examine(context).await?.0;
            }
        }
        if let (true, Some(config)) = (self.operator.tenant, &config)
            && report
                .of(Check::TenantIssuer)
                .is_some_and(|f| f.verdict == doctor::Verdict::Ok)
        {
            let management = self.operator.manage(config, &[], EXAMINE_SCOPES).await?;
            let (environment, now) = (&context.environment, session::now());
            doctor::management::look(&mut report, config, environment, &management, now).await;
            report = report.whole();
        }
        let exit = report.exit();
        let printed = if context.json {
            let report = report.shown();
            context.print_json(&Shown {
                report,
                mended: &mended,
            })
        } else {
            context.print(&page::page(&report, &mended, context.color))
        };
        Ok(if printed == Exit::Ok { exit } else { printed })
    }
}

/// Looks at everything.
async fn examine(context: &Context) -> Result<(Report, Option<Config>), Stop> {
    let path = context
        .environment
        .config_path(context.config_path.as_deref());
    let now = session::now();
    let mut report = Report::default();
    let config = match Config::load(&path, &context.environment, now) {
        Ok(Loaded { config, warnings }) => {
            report.put(doctor::configuration(&path, &warnings));
            config
        }
        Err(problems) => {
            report.put(doctor::configuration(&path, &problems));
            return Ok((report.whole(), None));
        }
    };
    doctor::on_this_machine(&mut report, &config, &context.environment, now);
    if !by_the_daemon(&mut report, &config).await {
        let alone = Alone {
            config: &config,
            environment: &context.environment,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        };
        let held = alone.hold(&mut report).await;
        alone.look(&mut report, held.as_ref()).await;
        if let Some(Held { ledger, .. }) = &held {
            ledger.close().await;
        }
    }
    Ok((report.whole(), Some(config)))
}

/// Has the daemon look, if one listens; says whether it did. One that cannot be asked is a finding.
async fn by_the_daemon(report: &mut Report, config: &Config) -> bool {
    let check = Check::Daemon;
    let asked = match Client::connect(&config.control_socket()).await {
        Ok(None) => return false,
        Ok(Some(client)) => client.ask(&Request::Doctor {}, &SystemClock, |_| {}).await,
        Err(error) => Err(error),
    };
    let finding = match asked {
        Ok(Answer::Examined { findings }) => {
            report.put_all(findings);
            // It has read what this user may not.
            let read = [Check::KeyFile, Check::ClientSecret, Check::TelegramToken];
            for check in read.into_iter().chain([Check::LedgerDirectory]) {
                if report
                    .of(check)
                    .is_some_and(|f| f.verdict == doctor::Verdict::NotTried)
                {
                    report.put(Finding::ok(
                        check,
                        "not to be seen by this user; the daemon has it open",
                    ));
                }
            }
            return true;
        }
        Ok(Answer::Refused { why }) => Finding {
            remedy: Some(
                "run `sudo bountyd doctor`, or be listed in approvals.approvers".to_owned(),
            ),
            ..Finding::not_tried(check, why)
        },
        Ok(Answer::Failed { why, .. }) => Finding::failure(
            check,
            format!("the daemon cannot look: {why}"),
            "if it is of an earlier version, start it anew: systemctl restart bountyd",
        )
        .link("systemctl restart bountyd"),
        Ok(_) | Err(ClientError::Incomprehensible(_)) => Finding::failure(
            check,
            "the daemon is of another version than this command",
            "start it anew, so that both are the same: systemctl restart bountyd",
        )
        .link("systemctl restart bountyd"),
        Err(error @ ClientError::Unreachable { .. }) => Finding {
            remedy: Some("run `sudo bountyd doctor`".to_owned()),
            ..Finding::not_tried(check, error.to_string())
        },
        Err(error) => Finding::failure(
            check,
            error.to_string(),
            "see its log, and start it anew: systemctl restart bountyd",
        )
        .link("journalctl -u bountyd"),
    };
    report.put(finding);
    false
}

/// What a service or a stranger wrote, on one line that does nothing to a terminal.
fn quoted(text: &str) -> String {
    untrusted::line(text)
}
