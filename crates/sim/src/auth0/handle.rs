//! The words a story has for the tenant: who is in it, what changes, what went wrong, what it saw.

use super::{
    Api, Auth0, ConnectedAccount, Connection, Entry, Exchange, Identity, Person, Shared, Switches,
    TokenPlan, User, connect,
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
            push: true,
            linked: Vec::new(),
            created_at_ms: self.shared.rim.now(),
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

    /// Changes a connection, such as its Token Vault purpose. Makes it if there is none.
    pub fn change_connection(&self, name: &str, change: impl FnOnce(&mut Connection)) {
        let mut tenant = lock(&self.shared.tenant);
        let made = || Connection::open(self.shared.id("con"), name, &[]);
        change(
            tenant
                .connections
                .entry(name.to_owned())
                .or_insert_with(made),
        );
    }

    /// The client secret that a connection has for the provider, if it has one.
    #[must_use]
    pub fn provider_secret(&self, name: &str) -> Option<String> {
        let tenant = lock(&self.shared.tenant);
        let secret = tenant.connections.get(name)?.options.get("client_secret")?;
        secret.as_str().map(ToOwned::to_owned)
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

    /// Takes away what a story finds furnished: no connection, no application, no grant, no connected account, and a My Account
    /// API that nobody has activated. The users stay.
    pub fn as_new(&self) {
        let mut tenant = lock(&self.shared.tenant);
        tenant.connections.clear();
        tenant.clients.clear();
        tenant.client_grants.clear();
        tenant.apis.retain(|api| !api.identifier.ends_with("/me/"));
        for user in tenant.users.values_mut() {
            user.accounts.clear();
        }
    }

    /// Activates the My Account API, as a click in the dashboard does.
    pub fn activate_my_account(&self) {
        let mut tenant = lock(&self.shared.tenant);
        let url = self.shared.tenant_url();
        if tenant.api(&format!("{url}me/")).is_none() {
            tenant
                .apis
                .push(Api::my_account(self.shared.seed.letters(24), &url));
        }
    }

    /// Takes the My Account API away, as a tenant has it whose owner has not activated it.
    pub fn deactivate_my_account(&self) {
        let identifier = format!("{}me/", self.shared.tenant_url());
        let mut tenant = lock(&self.shared.tenant);
        tenant.apis.retain(|api| api.identifier != identifier);
    }

    /// Links the second user to the first: the second user is no more, and what the vault kept for it is gone unless
    /// [`Switches::linking_keeps_accounts`].
    pub fn link_users(&self, primary: &str, secondary: &str) {
        let mut tenant = lock(&self.shared.tenant);
        let Some((provider, id)) = secondary.split_once('|') else {
            return;
        };
        if !tenant.users.contains_key(primary) {
            return;
        }
        let Some(gone) = tenant.users.remove(secondary) else {
            return;
        };
        let keeps = tenant.switches.linking_keeps_accounts;
        let identity = Identity {
            provider: provider.to_owned(),
            user_id: id.to_owned(),
            connection: provider.to_owned(),
        };
        if let Some(user) = tenant.users.get_mut(primary) {
            user.linked.push(identity);
            if keeps {
                user.accounts.extend(gone.accounts);
            }
        }
    }

    /// Goes over to the next signing key. Tokens signed before can still be verified, until the next time.
    pub fn rotate_signing_key(&self) {
        lock(&self.shared.tenant).signing += 1;
    }

    /// The person who answers for the users.
    #[must_use]
    pub const fn person(&self) -> Person<'_> {
        Person { auth0: self }
    }

    /// The tenant's whole log, in order.
    #[must_use]
    pub fn log(&self) -> Vec<Entry> {
        lock(&self.shared.tenant).log.clone()
    }

    /// Every token the tenant issued and every client secret there was, dead ones included: what a leak test searches for.
    #[must_use]
    pub fn ever_issued(&self) -> Vec<String> {
        lock(&self.shared.tenant).ever.iter().cloned().collect()
    }

    /// The tenant's log of worker exchanges, in order.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.tenant).exchanges.clone()
    }
}

impl Shared {
    /// What every story finds: the APIs of Auth0 itself, and a connection `github`.
    pub(super) fn furnish(&self) {
        let mut tenant = lock(&self.tenant);
        let url = self.tenant_url();
        tenant.apis = vec![
            Api::management(self.seed.letters(24), &url),
            Api::my_account(self.seed.letters(24), &url),
        ];
        tenant.connections.insert(
            "github".to_owned(),
            Connection::open(self.id("con"), "github", &["repo"]),
        );
    }
}
