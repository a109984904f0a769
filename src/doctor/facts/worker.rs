//! The worker: how it proves itself, what it may, from where, and with which keys.

use std::net::IpAddr;

use vault::tenant::{Application, Authentication, Credential, PrivilegedAccess};

use super::{Facts, unseen};
use crate::config::ClientAuthentication;
use crate::doctor::check::Check;
use crate::doctor::finding::{Finding, Verdict};
use crate::setup::wanted::VAULT_GRANT;

/// A key of the tenant's that ends within this is told before.
const SOON_MS: i64 = 14 * 24 * 3600 * 1000;

/// A wider range keeps nobody out.
const WIDEST: u32 = 8;

const OF_THE_WORKER: [Check; 6] = [
    Check::TenantClient,
    Check::TenantClientSettings,
    Check::TenantGrantType,
    Check::TenantIpAllowlist,
    Check::TenantPrivilegedKey,
    Check::TenantGrants,
];

impl Facts<'_> {
    pub(super) fn of_the_worker(&self) -> Vec<Finding> {
        let id = &self.auth0.client_id;
        let app = match &self.worker {
            Ok(Some(app)) => app,
            Ok(None) => {
                let found = format!("the tenant has no application {id}");
                let remedy = "copy the client id of the worker application into auth0.client_id; `bountyd init` finds or makes it";
                return vec![Finding::failure(Check::TenantClient, found, remedy)];
            }
            Err(why) => return OF_THE_WORKER.map(|check| unseen(check, why)).to_vec(),
        };
        vec![
            self.proof(app),
            kind(app),
            grant_type(app),
            self.addresses(app),
            self.slot(app),
            self.granted(app),
        ]
    }

    /// The key `kid`, by the tenant's own id for it.
    fn key(&self, id: &str) -> Option<&Credential> {
        self.keys.as_ref().ok()?.iter().find(|key| key.id == id)
    }

    fn named(&self, id: &str) -> String {
        let key = self.key(id);
        let name = key.and_then(|key| key.kid.as_ref().or(key.name.as_ref()));
        name.map_or_else(|| id.to_owned(), ToOwned::to_owned)
    }

    /// How it proves itself, against what the configuration says.
    fn proof(&self, app: &Application) -> Finding {
        let check = Check::TenantClient;
        let by_key = self.auth0.client_authentication == ClientAuthentication::PrivateKeyJwt;
        match (app.authentication(), by_key) {
            (Some(Authentication::PrivateKeyJwt(ids)), true) => match (self.kid, &self.keys) {
                (None, _) => unseen(check, "the key cannot be seen from here"),
                (_, Err(why)) => unseen(check, why),
                (Some(kid), Ok(_)) => match ids.iter().find(|id| self.named(id) == kid) {
                    Some(id) => self.lasting(check, id, "proves itself with the key"),
                    None => Finding::failure(
                        check,
                        format!("Private Key JWT of {} does not list {kid}", app.client_id),
                        format!(
                            "in Auth0, under Credentials of the application {}, let Private Key JWT use the key {kid}; \
                             `bountyd keys public` prints it",
                            app.client_id
                        ),
                    ),
                },
            },
            (Some(Authentication::ClientSecret), false) => {
                Finding::ok(check, "proves itself with its secret")
            }
            (now, _) => {
                let now = match now {
                    Some(Authentication::PrivateKeyJwt(_)) => "by a key",
                    Some(Authentication::ClientSecret) => "by a secret",
                    Some(Authentication::Public) => "not at all",
                    None => "in a way that bountyd does not know",
                };
                let wanted = if by_key {
                    "private_key_jwt"
                } else {
                    "client_secret"
                };
                Finding::failure(
                    check,
                    format!(
                        "the application {} proves itself {now}, and auth0.client_authentication is {wanted}",
                        app.client_id
                    ),
                    "make both the same: under Credentials of the application in Auth0, or auth0.client_authentication",
                )
            }
        }
    }

    /// A key that is there and whether it stays good.
    fn lasting(&self, check: Check, id: &str, what: &str) -> Finding {
        let named = self.named(id);
        let ends = self.key(id).and_then(|key| key.expires_at.as_deref());
        let at = ends.and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
        let left = at.map(|at| at.timestamp_millis() - self.now.0);
        let remedy = "change the key: `bountyd keys rotate --tenant`";
        let ends = said(ends);
        match left {
            Some(..=0) => {
                Finding::failure(check, format!("the key {named} has expired{ends}"), remedy)
            }
            Some(..=SOON_MS) => {
                Finding::warning(check, format!("the key {named} expires{ends}"), remedy)
            }
            _ => Finding::ok(check, format!("{what} {named}")),
        }
    }

    fn addresses(&self, app: &Application) -> Finding {
        let check = Check::TenantIpAllowlist;
        let remedy = |list: &str| {
            format!(
                "list this machine's public address in token_vault_privileged_access.ip_allowlist of {}{list}; `bountyd init` adds it",
                app.client_id
            )
        };
        let none = PrivilegedAccess::default();
        let slot = app.token_vault_privileged_access.as_ref().unwrap_or(&none);
        let list = &slot.ip_allowlist;
        if list.is_empty() {
            let found = "the list is empty, and every exchange is refused";
            return Finding::failure(check, found, remedy(""));
        }
        let shown = list.join(", ");
        let wide = list
            .iter()
            .find(|entry| bits(entry).is_some_and(|bits| bits < WIDEST));
        match &self.address {
            Ok(Some(address))
                if !self.came && !list.iter().any(|entry| covers(entry, *address)) =>
            {
                Finding::failure(
                    check,
                    format!("the tenant saw this worker at {address}, and the list has {shown}"),
                    remedy(&format!(" (as the tenant saw it: {address})")),
                )
            }
            _ if wide.is_some() => Finding::warning(
                check,
                format!("a range on the list keeps nobody out: {shown}"),
                "list the address of this machine alone: whoever has a copy of the key could use it from anywhere",
            ),
            Ok(Some(address)) if list.iter().any(|entry| covers(entry, *address)) => {
                Finding::ok(check, format!("{address} is on the list"))
            }
            _ => Finding::not_tried(
                check,
                format!(
                    "the list has {shown}; where this machine is seen, the tenant's log does not show"
                ),
            ),
        }
    }

    fn slot(&self, app: &Application) -> Finding {
        let check = Check::TenantPrivilegedKey;
        let Some(slot) = &app.token_vault_privileged_access else {
            return Finding::failure(
                check,
                format!("the application {} has no privileged access", app.client_id),
                "give the application privileged access of Token Vault, with this key, address and connection: `bountyd init` does",
            );
        };
        let (Some(kid), Ok(_)) = (self.kid, &self.keys) else {
            let why = self.keys.as_ref().err();
            let why = why.map_or("the key cannot be seen from here", String::as_str);
            return unseen(check, why);
        };
        let ours = slot
            .credentials
            .iter()
            .find(|key| self.named(&key.id) == kid);
        let Some(ours) = ours else {
            let listed: Vec<String> = slot.credentials.iter().map(|k| self.named(&k.id)).collect();
            return Finding::failure(
                check,
                format!(
                    "the privileged slot does not hold {kid}; it holds {}",
                    if listed.is_empty() {
                        "nothing".to_owned()
                    } else {
                        listed.join(", ")
                    }
                ),
                format!(
                    "register the public key (`bountyd keys public`) with {} and list it in \
                     token_vault_privileged_access.credentials; `bountyd init` does",
                    app.client_id
                ),
            );
        };
        let foreign = slot
            .credentials
            .iter()
            .map(|key| self.named(&key.id))
            .find(|name| !self.kids.contains(name));
        let lasting = self.lasting(check, &ours.id, "the slot holds the key");
        match foreign {
            Some(foreign) if lasting.verdict == Verdict::Ok => Finding::warning(
                check,
                format!(
                    "the slot holds another key, {foreign}, which is none of the configured ones"
                ),
                "whoever has that key can get your GitHub token from an allowed address: take it out of the application's \
                 privileged access, unless another bountyd of yours signs with it",
            ),
            _ => lasting,
        }
    }

    fn granted(&self, app: &Application) -> Finding {
        let check = Check::TenantGrants;
        let connection = &self.auth0.connection;
        let slot = app.token_vault_privileged_access.as_ref();
        let grant = slot
            .into_iter()
            .flat_map(|slot| &slot.grants)
            .find(|grant| grant.connection == *connection);
        let Some(grant) = grant else {
            return Finding::failure(
                check,
                format!("token_vault_privileged_access.grants does not name {connection}"),
                format!(
                    "list the connection {connection} with at least one scope in the application's grants; `bountyd init` does"
                ),
            );
        };
        let wanted = self.auth0.scope.as_deref().unwrap_or_default();
        let lacking: Vec<&str> = wanted
            .split_whitespace()
            .filter(|scope| !grant.scopes.iter().any(|has| has == scope))
            .collect();
        let has = grant.scopes.join(" ");
        if lacking.is_empty() {
            return Finding::ok(check, format!("{connection}: {has}"));
        }
        Finding::failure(
            check,
            format!("{connection} is granted {has}, and auth0.scope asks for {wanted}"),
            format!(
                "grant {} as well, or take it out of auth0.scope ({wanted})",
                lacking.join(" ")
            ),
        )
    }
}

fn said(ends: Option<&str>) -> String {
    ends.map_or_else(String::new, |ends| format!(" at {ends}"))
}

fn kind(app: &Application) -> Finding {
    let check = Check::TenantClientSettings;
    let off: Vec<&str> = [
        (app.is_first_party, "is_first_party"),
        (app.oidc_conformant, "oidc_conformant"),
    ]
    .into_iter()
    .filter(|(on, _)| *on != Some(true))
    .map(|(_, name)| name)
    .collect();
    if off.is_empty() {
        return Finding::ok(check, "first party and OIDC conformant");
    }
    Finding::failure(
        check,
        format!("{} of {} is false", off.join(" and "), app.client_id),
        "in Auth0, the application must be first party (is_first_party) and OIDC conformant (Advanced Settings > OAuth > \
         OIDC Conformant); `bountyd init --overwrite` sets both",
    )
}

fn grant_type(app: &Application) -> Finding {
    let check = Check::TenantGrantType;
    if app.grant_types.iter().any(|grant| grant == VAULT_GRANT) {
        return Finding::ok(check, "it has the grant type of Token Vault");
    }
    Finding::failure(
        check,
        format!("{} lacks the grant type of Token Vault", app.client_id),
        "in Auth0, give the application the Token Vault grant type (Advanced Settings > Grant Types); `bountyd init` does",
    )
}

/// How many bits of a range are given; `None` for a single address and for what is none.
fn bits(entry: &str) -> Option<u32> {
    entry.split_once('/')?.1.parse().ok()
}

/// Whether an entry of the list covers an address.
pub(super) fn covers(entry: &str, address: IpAddr) -> bool {
    let (net, bits) = match entry.split_once('/') {
        None => (entry, None),
        Some((net, bits)) => (net, Some(bits)),
    };
    let Ok(net) = net.parse::<IpAddr>() else {
        return false;
    };
    let (net, address, width) = match (net.to_canonical(), address.to_canonical()) {
        (IpAddr::V4(net), IpAddr::V4(address)) => {
            (u128::from(net.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(net), IpAddr::V6(address)) => (net.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let Ok(bits) = bits.map_or(Ok(width), str::parse::<u32>) else {
        return false;
    };
    bits <= width && (bits == 0 || net >> (width - bits) == address >> (width - bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_covers_addresses_and_ranges() {
        let covers = |entry: &str, address: &str| covers(entry, address.parse().expect("one"));
        for (entry, address) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.0/24", "203.0.113.9"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("2001:db8::/32", "2001:db8::1"),
            ("203.0.113.7", "::ffff:203.0.113.7"),
        ] {
            assert!(covers(entry, address), "{entry} {address}");
        }
        for (entry, address) in [
            ("203.0.113.7", "203.0.113.8"),
            ("203.0.113.0/25", "203.0.113.200"),
            ("203.0.113.0/33", "203.0.113.0"),
            ("203.0.113.0/x", "203.0.113.0"),
            ("here", "203.0.113.0"),
            ("::/0", "203.0.113.0"),
        ] {
            assert!(!covers(entry, address), "{entry} {address}");
        }
    }
}
