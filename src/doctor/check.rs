//! What is checked, in the order of dependency: what stands later is only worth a look when what it
//! depends on is well.

use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Check {
    /// The file, as a whole.
    #[serde(rename = "config")]
    Config,
    /// The private keys: there, private, RSA, of a fit size.
    #[serde(rename = "key.file")]
    KeyFile,
    /// The client secret, where one is used.
    #[serde(rename = "key.client_secret")]
    ClientSecret,
    /// The bot token's file.
    #[serde(rename = "telegram.token")]
    TelegramToken,
    /// Where ledger and control socket lie.
    #[serde(rename = "ledger.directory")]
    LedgerDirectory,
    /// Room for the ledger.
    #[serde(rename = "ledger.disk")]
    LedgerDisk,
    /// Whether a daemon runs, and answers.
    #[serde(rename = "daemon")]
    Daemon,
    /// The ledger's file: whose, which schema.
    #[serde(rename = "ledger.open")]
    LedgerOpen,
    /// SQLite's own check of it.
    #[serde(rename = "ledger.integrity")]
    LedgerIntegrity,
    /// The chain of hashes.
    #[serde(rename = "journal.chain")]
    JournalChain,
    /// DNS, TCP, TLS.
    #[serde(rename = "tenant.reachable")]
    TenantReachable,
    /// An Auth0 tenant, and the one that is meant.
    #[serde(rename = "tenant.issuer")]
    TenantIssuer,
    /// This machine's clock against the tenant's.
    #[serde(rename = "clock")]
    Clock,
    /// The application: known, and able to prove itself.
    #[serde(rename = "tenant.client")]
    TenantClient,
    /// First party, OIDC conformant.
    #[serde(rename = "tenant.client_settings")]
    TenantClientSettings,
    /// The grant type of Token Vault.
    #[serde(rename = "tenant.grant_type")]
    TenantGrantType,
    /// The feature, which Auth0 switches on.
    #[serde(rename = "tenant.feature")]
    TenantFeature,
    /// `token_vault_privileged_access.ip_allowlist`.
    #[serde(rename = "tenant.ip_allowlist")]
    TenantIpAllowlist,
    /// `token_vault_privileged_access.credentials`.
    #[serde(rename = "tenant.privileged_key")]
    TenantPrivilegedKey,
    /// `token_vault_privileged_access.grants`.
    #[serde(rename = "tenant.grants")]
    TenantGrants,
    /// The connection's purpose, and that it is switched on for the application.
    #[serde(rename = "tenant.connection")]
    TenantConnection,
    /// The tenant's policy of a second factor.
    #[serde(rename = "tenant.mfa")]
    TenantMfa,
    /// `auth0.user_id`.
    #[serde(rename = "tenant.user")]
    TenantUser,
    /// The application that the owner logs in with to connect.
    #[serde(rename = "tenant.login")]
    TenantLogin,
    /// The My Account API, and what the login application may ask of it.
    #[serde(rename = "tenant.my_account")]
    TenantMyAccount,
    /// What the vault keeps for the user.
    #[serde(rename = "tenant.account")]
    TenantAccount,
    /// The exchange as a whole.
    #[serde(rename = "exchange")]
    Exchange,
    /// Whether the application may ask the owner's phone.
    #[serde(rename = "tenant.push")]
    TenantPush,
    /// GitHub's REST API, and whose account it is.
    #[serde(rename = "github.account")]
    GithubAccount,
    /// GraphQL, and whether it is the same GitHub.
    #[serde(rename = "github.graphql")]
    GithubGraphql,
    /// Which kind of token, and what it may.
    #[serde(rename = "github.token")]
    GithubToken,
    /// What is left of the hour.
    #[serde(rename = "github.budget")]
    GithubBudget,
    /// The bot.
    #[serde(rename = "telegram.bot")]
    TelegramBot,
    /// A webhook, which takes everything away.
    #[serde(rename = "telegram.webhook")]
    TelegramWebhook,
    /// Somebody else who polls.
    #[serde(rename = "telegram.poller")]
    TelegramPoller,
    /// The owner's private chat.
    #[serde(rename = "telegram.pairing")]
    TelegramPairing,
    /// The coding agent.
    #[serde(rename = "fix.agent")]
    FixAgent,
    /// The box.
    #[serde(rename = "fix.sandbox")]
    FixSandbox,
    /// The model provider's key.
    #[serde(rename = "fix.model_key")]
    FixModelKey,
    /// Room for patches.
    #[serde(rename = "fix.disk")]
    FixDisk,
    /// The unit.
    #[serde(rename = "service.unit")]
    ServiceUnit,
    /// How much of the system it sees.
    #[serde(rename = "service.exposure")]
    ServiceExposure,
    /// Whether systemd notices that it hangs.
    #[serde(rename = "service.watchdog")]
    ServiceWatchdog,
    /// When it scans.
    #[serde(rename = "schedule")]
    Schedule,
    /// What the caps come to.
    #[serde(rename = "rates")]
    Rates,
}

use Check::{
    ClientSecret, Clock, Config, Daemon, Exchange, FixAgent, FixDisk, FixModelKey, FixSandbox,
    GithubAccount, GithubBudget, GithubGraphql, GithubToken, JournalChain, KeyFile,
    LedgerDirectory, LedgerDisk, LedgerIntegrity, LedgerOpen, Rates, Schedule, ServiceExposure,
    ServiceUnit, ServiceWatchdog, TelegramBot, TelegramPairing, TelegramPoller, TelegramToken,
    TelegramWebhook, TenantAccount, TenantClient, TenantClientSettings, TenantConnection,
    TenantFeature, TenantGrantType, TenantGrants, TenantIpAllowlist, TenantIssuer, TenantLogin,
    TenantMfa, TenantMyAccount, TenantPrivilegedKey, TenantPush, TenantReachable, TenantUser,
};

/// What the one answer of the tenant to an exchange is about. Which of them it is, the answer says; the
/// tenant does not say in which order it looks.
pub(super) const OF_THE_EXCHANGE: [Check; 11] = [
    TenantClient,
    TenantClientSettings,
    TenantGrantType,
    TenantFeature,
    TenantIpAllowlist,
    TenantPrivilegedKey,
    TenantGrants,
    TenantConnection,
    TenantMfa,
    TenantUser,
    TenantAccount,
];

/// Whether it is one of them, or the exchange itself.
pub(super) fn of_the_exchange(check: Check) -> bool {
    check == Exchange || OF_THE_EXCHANGE.contains(&check)
}

/// What is seen with a management token only.
pub(super) const OF_THE_OPERATOR: [Check; 2] = [TenantLogin, TenantMyAccount];

/// All checks, in their order.
pub(crate) const ALL: [Check; 45] = [
    Config,
    KeyFile,
    ClientSecret,
    TelegramToken,
    LedgerDirectory,
    LedgerDisk,
    Daemon,
    LedgerOpen,
    LedgerIntegrity,
    JournalChain,
    TenantReachable,
    TenantIssuer,
    Clock,
    TenantClient,
    TenantClientSettings,
    TenantGrantType,
    TenantFeature,
    TenantIpAllowlist,
    TenantPrivilegedKey,
    TenantGrants,
    TenantConnection,
    TenantMfa,
    TenantUser,
    TenantLogin,
    TenantMyAccount,
    TenantAccount,
    Exchange,
    TenantPush,
    GithubAccount,
    GithubGraphql,
    GithubToken,
    GithubBudget,
    TelegramBot,
    TelegramWebhook,
    TelegramPoller,
    TelegramPairing,
    FixAgent,
    FixSandbox,
    FixModelKey,
    FixDisk,
    ServiceUnit,
    ServiceExposure,
    ServiceWatchdog,
    Schedule,
    Rates,
];

impl Check {
    /// Its name, as scripts know it.
    #[must_use]
    pub fn id(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(id)) => id,
            _ => String::new(),
        }
    }

    /// What it is about, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Config => "configuration",
            KeyFile => "private key",
            ClientSecret => "client secret",
            TelegramToken => "bot token",
            LedgerDirectory => "directories",
            LedgerDisk => "room for the ledger",
            Daemon => "daemon",
            LedgerOpen => "ledger",
            LedgerIntegrity => "ledger, inside",
            JournalChain => "journal",
            TenantReachable => "way to the tenant",
            TenantIssuer => "tenant",
            Clock => "clock",
            TenantClient => "application",
            TenantClientSettings => "application, kind",
            TenantGrantType => "grant type",
            TenantFeature => "worker exchange",
            TenantIpAllowlist => "IP allow-list",
            TenantPrivilegedKey => "privileged key",
            TenantGrants => "grants",
            TenantConnection => "connection",
            TenantMfa => "second factor",
            TenantUser => "user",
            TenantLogin => "login application",
            TenantMyAccount => "My Account API",
            TenantAccount => "connected account",
            Exchange => "exchange",
            TenantPush => "push to the phone",
            GithubAccount => "GitHub account",
            GithubGraphql => "GitHub GraphQL",
            GithubToken => "token's reach",
            GithubBudget => "GitHub budget",
            TelegramBot => "bot",
            TelegramWebhook => "webhook",
            TelegramPoller => "second poller",
            TelegramPairing => "pairing",
            FixAgent => "coding agent",
            FixSandbox => "sandbox",
            FixModelKey => "model's key",
            FixDisk => "room for patches",
            ServiceUnit => "service",
            ServiceExposure => "exposure",
            ServiceWatchdog => "watchdog",
            Schedule => "schedule",
            Rates => "caps",
        }
    }

    /// What must be well before it is worth a look.
    #[must_use]
    pub fn depends_on(self) -> &'static [Check] {
        match self {
            Config => &[],
            KeyFile | ClientSecret | TelegramToken | LedgerDirectory | Daemon | TenantReachable
            | FixAgent | FixModelKey | ServiceUnit | Schedule | Rates => &[Config],
            LedgerDisk | LedgerOpen | FixDisk => &[LedgerDirectory],
            LedgerIntegrity => &[LedgerOpen],
            JournalChain => &[LedgerIntegrity],
            TenantIssuer | Clock => &[TenantReachable],
            TenantLogin | TenantMyAccount => &[TenantIssuer],
            // Without a journal that can be written nothing is asked of the tenant.
            TenantClient | TenantClientSettings | TenantGrantType | TenantFeature
            | TenantIpAllowlist | TenantPrivilegedKey | TenantGrants | TenantConnection
            | TenantMfa | TenantUser | TenantAccount | Exchange => &[
                KeyFile,
                ClientSecret,
                LedgerDisk,
                Daemon,
                LedgerIntegrity,
                TenantIssuer,
            ],
            GithubAccount | TenantPush => &[Exchange],
            GithubGraphql | GithubToken | GithubBudget => &[GithubAccount],
            TelegramBot => &[TelegramToken],
            TelegramWebhook | TelegramPairing => &[TelegramBot],
            TelegramPoller => &[Daemon, TelegramWebhook],
            FixSandbox => &[FixAgent],
            ServiceExposure | ServiceWatchdog => &[ServiceUnit],
        }
    }

    /// The code to leave with when this is the first that fails.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            LedgerDirectory | LedgerDisk | FixDisk => Exit::CannotCreate,
            LedgerOpen | LedgerIntegrity | JournalChain => Exit::Data,
            Daemon | TenantReachable | Exchange | GithubAccount => Exit::Unavailable,
            GithubBudget => Exit::TryLater,
            _ => Exit::Config,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_the_order_of_dependency() {
        for (at, check) in ALL.iter().enumerate() {
            for needed in check.depends_on() {
                let before = ALL.iter().position(|other| other == needed);
                assert!(before.is_some_and(|before| before < at), "{check:?}");
            }
        }
        assert!(ALL.is_sorted(), "the order of the enum is that of the list");
        let last = ALL.iter().max();
        assert_eq!(last, Some(&Rates));
    }

    #[test]
    fn the_page_about_the_doctor_lists_every_check_in_this_order() {
        let page = include_str!("../../docs/doctor.md");
        let (_, list) = page.split_once("## The checks").expect("a list");
        let listed: Vec<&str> = list
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        let ids: Vec<String> = ALL.iter().map(|check| check.id()).collect();
        assert_eq!(listed, ids);
    }

    #[test]
    fn every_id_is_one_word_of_its_own() {
        let ids: std::collections::BTreeSet<String> = ALL.iter().map(|check| check.id()).collect();
        assert_eq!(ids.len(), ALL.len());
        for id in ids {
            assert!(!id.is_empty());
            assert!(
                id.bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_'),
                "{id}"
            );
        }
    }
}
