//! The tenant: the way there, whether it is the one that is meant, its clock, and the exchange with all
//! that the tenant's one answer says of its settings.

use vault::{DiscoveryError, Failure, Settings, Vault, discover};

use super::check::{Check, OF_THE_EXCHANGE};
use super::diagnosis::{Diagnosis, Known, diagnose};
use super::finding::Finding;
use super::report::Report;
use crate::clock::{Clock, UnixMillis};
use crate::config::Config;

/// Below this it is a slow answer or a whole second.
const NOTICEABLE: i64 = 5;

/// A proof of ours is refused when it is older, by the tenant's clock.
const PROOF: i64 = 60;

/// Why a token is asked for, in the journal and in the tenant's log.
const REASON: &str = "doctor";

/// DNS, TLS, discovery, clock; gives the tenant's clock minus ours.
pub(super) async fn look(
    report: &mut Report,
    config: &Config,
    settings: &Settings,
    clock: &dyn Clock,
) -> Option<i64> {
    let check = Check::TenantReachable;
    let host = config.auth0.base_url.host_str().unwrap_or_default();
    let found = match discover(settings, clock).await {
        Ok(found) => found,
        Err(DiscoveryError::NoTenant(why)) => {
            report.put(Finding::ok(check, format!("{host} answers")));
            report.put(Finding::failure(
                Check::TenantIssuer,
                format!("{host}: {why}"),
                "there is no Auth0 tenant at this address: correct [auth0] domain, or base_url for a custom \
                 domain",
            ));
            return None;
        }
        Err(error) => {
            report.put(unreached(host, &error));
            return None;
        }
    };
    report.put(Finding::ok(check, format!("{host} answers")));
    report.put(issuer(config, &found.issuer));
    report.put(clocks(found.skew));
    found.skew
}

fn unreached(host: &str, error: &DiscoveryError) -> Finding {
    let (remedy, link) = match error {
        DiscoveryError::Name(_) => (
            "the name has no address: correct [auth0] domain, or see that this machine resolves names",
            Some(format!("getent hosts {host}")),
        ),
        DiscoveryError::Connection(_) => (
            "nothing answers there: see that this machine reaches the internet on port 443, and that no \
             firewall is in between; bountyd uses no proxy",
            None,
        ),
        DiscoveryError::Tls(_) => (
            "TLS fails: a wrong address, a machine in between that reads along, a wrong clock, or no \
             certificates (package ca-certificates)",
            Some("timedatectl".to_owned()),
        ),
        DiscoveryError::NoTenant(_) | DiscoveryError::Open(_) => {
            ("correct the addresses under [auth0]", None)
        }
    };
    let finding = Finding::failure(Check::TenantReachable, error.to_string(), remedy);
    match link {
        Some(link) => finding.link(link),
        None => finding,
    }
}

fn issuer(config: &Config, theirs: &str) -> Finding {
    let check = Check::TenantIssuer;
    for (setting, ours) in [
        ("issuer", &config.auth0.issuer),
        ("audience", &config.auth0.audience),
    ] {
        if ours != theirs {
            return Finding::failure(
                check,
                format!("the tenant calls itself {theirs}, and auth0.{setting} is {ours}"),
                format!(
                    "set auth0.{setting} to what the tenant calls itself, slash included, or leave it out; \
                     domain, issuer and audience must be of one kind, canonical or custom"
                ),
            );
        }
    }
    Finding::ok(check, format!("{theirs} is an Auth0 tenant"))
}

/// The clock, by how far the tenant's is from it.
#[must_use]
pub(super) fn clocks(skew: Option<i64>) -> Finding {
    let check = Check::Clock;
    let Some(skew) = skew else {
        return Finding::not_tried(check, "the tenant's answer carries no date");
    };
    let how = if skew > 0 { "behind" } else { "ahead of" };
    let found = format!("this machine is {} s {how} the tenant", skew.abs());
    let remedy = "set the clock and keep it right: `timedatectl set-ntp true`";
    match skew.abs() {
        ..=NOTICEABLE => Finding::ok(check, "agrees with the tenant's"),
        apart if apart <= PROOF => {
            Finding::warning(check, found, remedy).link("timedatectl set-ntp true")
        }
        _ => Finding::failure(
            check,
            format!("{found}: deadlines, quiet hours and the schedule are off by as much"),
            remedy,
        )
        .link("timedatectl set-ntp true"),
    }
}

/// Asks for a token, and reads from the answer what is set up and what is not.
///
/// # Errors
/// The failure, when there is no token.
pub(super) async fn exchange(
    report: &mut Report,
    config: &Config,
    vault: &Vault,
    skew: Option<i64>,
    worked_at: Option<UnixMillis>,
) -> Result<(), Failure> {
    let asked = vault.probe(REASON).await;
    let kid = vault.status().kid;
    match &asked {
        Ok(()) => came_through(report, config, vault),
        Err(failure) => {
            let known = Known {
                client_id: &config.auth0.client_id,
                user_id: &config.auth0.user_id,
                connection: &config.auth0.connection,
                scope: config.auth0.scope.as_deref(),
                kid: &kid,
                by_secret: config.auth0.client_authentication
                    != crate::config::ClientAuthentication::PrivateKeyJwt,
                skew,
                worked_at,
            };
            stopped(report, failure, diagnose(failure, &known));
        }
    }
    asked
}

/// A token is the proof of everything that stands before it.
fn came_through(report: &mut Report, config: &Config, vault: &Vault) {
    let auth0 = &config.auth0;
    for check in OF_THE_EXCHANGE {
        let found = match check {
            Check::TenantClient => format!("{} proves itself", auth0.client_id),
            Check::TenantUser => format!("{} is a user of the tenant", auth0.user_id),
            Check::TenantConnection => format!("{} may be used by the worker", auth0.connection),
            Check::TenantAccount => format!("{} is connected", auth0.connection),
            _ => "proven by the exchange".to_owned(),
        };
        report.put(Finding::ok(check, found));
    }
    let token = vault.status().token;
    let kept = token.map_or_else(
        || "it is too short-lived to be kept".to_owned(),
        |token| {
            format!(
                "it is kept until {}",
                config.timezone.format(token.held_until)
            )
        },
    );
    report.put(Finding::ok(
        Check::Exchange,
        format!("a token came; {kept}"),
    ));
}

/// Whether the application may ask the owner's phone. Nobody is asked: a poll for a request that nobody made is
/// refused for another reason than a grant that is missing.
pub(super) async fn push(report: &mut Report, config: &Config, vault: &Vault) {
    let check = Check::TenantPush;
    if config.mcp.push.is_none() {
        let found = "nothing takes a yes by push";
        return report.put(Finding::not_applicable(check, found));
    }
    report.put(match vault.ciba().may_ask().await {
        Ok(()) => Finding::ok(check, "the application may ask"),
        Err(failure) if failure.is_transient() => Finding::not_tried(check, failure.to_string()),
        Err(failure) => {
            let found = format!("{}: {}", failure.code, failure.message);
            Finding::failure(check, found, failure.remedy)
        }
    });
}

/// Where the tenant stopped it; of what it looks at besides, nothing is known.
fn stopped(report: &mut Report, failure: &Failure, diagnosis: Diagnosis) {
    let Diagnosis {
        check,
        remedy,
        link,
    } = diagnosis;
    for other in OF_THE_EXCHANGE.into_iter().chain([Check::Exchange]) {
        let found = format!("not known: the exchange stopped at {}", check.id());
        report.put(Finding {
            because: Some(check),
            ..Finding::not_tried(other, found)
        });
    }
    let status = failure
        .status
        .map(|status| format!(" (HTTP {status})"))
        .unwrap_or_default();
    let found = format!("{}{status}: {}", failure.code, failure.message);
    let finding = Finding::failure(check, found, remedy);
    report.put(match link {
        Some(link) => finding.link(link),
        None => finding,
    });
}
