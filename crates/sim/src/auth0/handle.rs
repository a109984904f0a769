//! The words a story has for the tenant: who is in it, what changes, what went wrong, what it saw.

use super::{
    Auth0, Client, ClientAuth, ConnectedAccount, Connection, Credential, Exchange, Grant,
    PrivilegedAccess, Switches, TokenPlan, User, connect,
};
use crate::faults::{Faults, What, When};
use crate::lock;
use crate::rim::Rim;

impl Auth0 {
    /// Base URL without a trailing slash; issuer and audience are this plus `/`.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Requests, violations, clock offset, and the switch to be down.
    #[must_use]
    pub fn rim(&self) -> &Rim {
        &self.shared.rim
    }

    /// Rules of misbehaviour.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.rim.faults
    }

    /// Registers an application, replacing one of the same id.
    pub fn add_client(&self, client: Client) {
        lock(&self.shared.tenant)
            .clients
            .insert(client.id.clone(), client);
    }

    /// Changes an application in place. Unknown ids are ignored.
    pub fn change_client(&self, client_id: &str, change: impl FnOnce(&mut Client)) {
        if let Some(client) = lock(&self.shared.tenant).clients.get_mut(client_id) {
            change(client);
        }
    }

    /// Adds a user whose browser is signed in to this GitHub account. The first user is the one who logs in.
    pub fn add_user(&self, user_id: &str, email: &str, github_user_id: u64) {
        let mut tenant = lock(&self.shared.tenant);
        let (id, email) = (user_id.to_owned(), email.to_owned());
        let user = User {
            user_id: id.clone(),
            email,
            blocked: false,
            github_user_id,
            accounts: Vec::new(),
        };
        tenant.browser_user.get_or_insert_with(|| id.clone());
        tenant.users.insert(id, user);
    }

    /// Changes a user in place. Unknown ids are ignored.
    pub fn change_user(&self, user_id: &str, change: impl FnOnce(&mut User)) {
        if let Some(user) = lock(&self.shared.tenant).users.get_mut(user_id) {
            change(user);
        }
    }

    /// Who is logged in in the browser that visits `/authorize`; none for nobody.
    pub fn browser_user(&self, user_id: Option<&str>) {
        lock(&self.shared.tenant).browser_user = user_id.map(ToOwned::to_owned);
    }

    /// Connects the user's account as if the owner had gone through the flow; the id is `cac_…`, none for an unknown user.
    pub fn connect_account(
        &self,
        user_id: &str,
        connection: &str,
        scopes: &[&str],
        plan: TokenPlan,
    ) -> Option<String> {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let now = self.shared.rim.now();
        let mut tenant = lock(&self.shared.tenant);
        connect::connect(
            &self.shared,
            &mut tenant,
            user_id,
            connection,
            &scopes,
            plan,
            now,
        )
        .map(|account| account.id)
    }

    /// What tokens look like for accounts that are connected through the flow; an OAuth App's unless set.
    pub fn default_plan(&self, plan: TokenPlan) {
        lock(&self.shared.tenant).default_plan = Some(plan);
    }

    /// Removes the connected account: no new exchange, tokens already handed out live on.
    pub fn disconnect(&self, user_id: &str, connection: &str) {
        self.change_user(user_id, |user| {
            user.accounts
                .retain(|account| account.connection != connection)
        });
    }

    /// The user's connected accounts, as the vault keeps them.
    #[must_use]
    pub fn accounts(&self, user_id: &str) -> Vec<ConnectedAccount> {
        lock(&self.shared.tenant)
            .users
            .get(user_id)
            .map(|user| user.accounts.clone())
            .unwrap_or_default()
    }

    /// Forgets the stored token, so that the next exchange has to refresh.
    pub fn expire_stored_token(&self, user_id: &str, connection: &str) {
        self.change_user(user_id, |user| {
            for account in user
                .accounts
                .iter_mut()
                .filter(|account| account.connection == connection)
            {
                account.stored = None;
            }
        });
    }

    /// The owner removes the application at GitHub: every token dies there, the refresh token with it. The vault does not
    /// know, and hands its stored token out until that expires.
    pub fn provider_revoke(&self, user_id: &str, connection: &str) {
        self.change_user(user_id, |user| {
            for account in user
                .accounts
                .iter_mut()
                .filter(|account| account.connection == connection)
            {
                account.refreshable = false;
                self.shared.registry.revoke_all(account.provider_user_id);
            }
        });
    }

    /// Replaces `token_vault_privileged_access.grants`: connection and scopes. Empty refuses every exchange.
    pub fn set_grants(&self, client_id: &str, grants: &[(&str, &[&str])]) {
        let grants = grants
            .iter()
            .map(|(connection, scopes)| Grant {
                connection: (*connection).to_owned(),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            })
            .collect();
        self.change_privileged(client_id, |privileged| privileged.grants = grants);
    }

    /// Replaces `token_vault_privileged_access.ip_allowlist`. Empty refuses every exchange.
    pub fn set_ip_allowlist(&self, client_id: &str, entries: &[&str]) {
        let entries = entries.iter().map(|entry| (*entry).to_owned()).collect();
        self.change_privileged(client_id, |privileged| privileged.ip_allowlist = entries);
    }

    /// Deletes a key of the client, wherever it stands.
    pub fn delete_key(&self, client_id: &str, kid: &str) {
        self.change_client(client_id, |client| {
            if let ClientAuth::PrivateKeyJwt(keys) = &mut client.auth {
                keys.retain(|key| key.kid != kid);
            }
            if let Some(privileged) = &mut client.privileged {
                privileged.credentials.retain(|key| key.kid != kid);
            }
        });
    }

    /// Adds a key to the client's privileged slot, and to its authentication if that is by `private_key_jwt`.
    pub fn add_key(&self, client_id: &str, key: &Credential) {
        self.change_client(client_id, |client| {
            if let ClientAuth::PrivateKeyJwt(keys) = &mut client.auth {
                keys.push(key.clone());
            }
            if let Some(privileged) = &mut client.privileged {
                privileged.credentials.push(key.clone());
            }
        });
    }

    fn change_privileged(&self, client_id: &str, change: impl FnOnce(&mut PrivilegedAccess)) {
        self.change_client(client_id, |client| {
            change(client.privileged.get_or_insert_default())
        });
    }

    /// Changes a connection, such as its Token Vault purpose. Makes it if there is none.
    pub fn change_connection(&self, name: &str, change: impl FnOnce(&mut Connection)) {
        let mut tenant = lock(&self.shared.tenant);
        let empty = Connection {
            active: true,
            disabled_for: Default::default(),
            scopes: Vec::new(),
        };
        change(tenant.connections.entry(name.to_owned()).or_insert(empty));
    }

    /// Changes the switches.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut lock(&self.shared.tenant).switches);
    }

    /// The switches as they stand.
    #[must_use]
    pub fn switches(&self) -> Switches {
        lock(&self.shared.tenant).switches.clone()
    }

    /// Refuses every token request with 429 for that many seconds of the tenant's clock.
    pub fn rate_limit_for(&self, seconds: i64) {
        let until = self.shared.rim.now() + seconds * 1_000;
        self.switch(|switches| switches.rate_limited_until_ms = Some(until));
    }

    /// The next `times` token requests get a 500 in JSON.
    pub fn fail_with_500(&self, times: u64) {
        let body = r#"{"error":"server_error","error_description":"Internal server error"}"#;
        self.faults().times(
            When::on("POST", "/oauth/token"),
            What::status(500, body),
            times,
        );
    }

    /// The next `times` token requests get a proxy's 502 page in HTML.
    pub fn fail_with_html_502(&self, times: u64) {
        self.faults()
            .times(When::on("POST", "/oauth/token"), What::Html502, times);
    }

    /// Makes the tenant's clock (and its `Date` header) run that many milliseconds ahead of the world's.
    pub fn clock_offset(&self, ms: i64) {
        self.shared.rim.set_clock_offset(ms);
    }

    /// The tenant's log of worker exchanges, in order.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.tenant).exchanges.clone()
    }
}
