//! The services, and what a person does in their dashboards.

use std::sync::Mutex;

use sim::auth0::{Client, ClientAuth, Credential, TokenPlan};
use sim::github::{NewIssue, NewRepo};
use sim::{Cast, Sim, SimOptions};

/// The native application of the browser login.
const NATIVE: &str = "bountyd-login";

pub(crate) struct Tenant {
    sim: Sim,
    cast: Mutex<Option<Cast>>,
}

impl Tenant {
    /// Services with one bounty, owner/repo#7, and an owner whose account is not connected yet.
    pub(crate) async fn open() -> Self {
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        sim.github.add_repo(NewRepo::new("owner/repo"));
        let number = sim.github.post_issue(
            NewIssue::new("owner/repo", "Crash when the input is empty")
                .number(7)
                .label("💎 Bounty"),
        );
        let text = "## 💎 $200 bounty [• owner](https://algora.io/owner)\n\n### Steps to solve:\n\
                    1. **Start working**: Comment `/attempt #7` with your implementation plan\n\
                    2. **Submit work**: Create a pull request including `/claim #7` in the PR body\n";
        sim.github
            .comment_as("owner/repo", number, "algora-pbc[bot]", text);
        Self {
            sim,
            cast: Mutex::new(None),
        }
    }

    pub(crate) fn bot_token(&self) -> String {
        self.sim.telegram.token()
    }

    /// Steps 3 to 6 of docs/auth0.md, with the key that `bountyd keys new` has shown.
    pub(crate) fn register(&self, public: &str) {
        let key = Credential::from_pem(public).expect("a public key");
        let auth = ClientAuth::PrivateKeyJwt(vec![key.clone()]);
        let cast = self.sim.cast(auth, vec![key], TokenPlan::oauth_app());
        self.sim.auth0.disconnect(&cast.user_id, "github");
        let callbacks: Vec<String> = (18_484..=18_489)
            .map(|port| format!("http://127.0.0.1:{port}/callback"))
            .collect();
        let callbacks: Vec<&str> = callbacks.iter().map(String::as_str).collect();
        let native = Client::new(NATIVE, ClientAuth::None).with_login(&callbacks);
        self.sim.auth0.add_client(native);
        *self.cast.lock().expect("not poisoned") = Some(cast);
    }

    /// What a person changes in the shipped configuration, as sed(1) has it: what says `YOUR-` is filled in, `[telegram]`
    /// is switched on, and everything points at the simulators.
    pub(crate) fn filled(&self) -> String {
        let cast = self.cast.lock().expect("not poisoned");
        let cast = cast.as_ref().expect("the key is registered");
        let (auth0, github, telegram) = (
            self.sim.auth0.url(),
            self.sim.github.url(),
            self.sim.telegram.url(),
        );
        let lines = [
            (
                "#allow_insecure_loopback = false",
                "allow_insecure_loopback = true".to_owned(),
            ),
            (
                "domain = \"YOUR-TENANT.eu.auth0.com\"",
                format!("domain = \"simulated.example\"\\nbase_url = \"{auth0}/\""),
            ),
            (
                "client_id = \"YOUR-CLIENT-ID\"",
                format!("client_id = \"{}\"", cast.client_id),
            ),
            (
                "user_id = \"github|YOUR-NUMBER\"",
                format!("user_id = \"{}\"", cast.user_id),
            ),
            (
                "login_client_id = \"YOUR-NATIVE-CLIENT-ID\"",
                format!("login_client_id = \"{NATIVE}\""),
            ),
            (
                "#api_url = \"https://api.github.com/\"",
                format!("api_url = \"{github}/\""),
            ),
            (
                "#graphql_url = \"https://api.github.com/graphql\"",
                format!("graphql_url = \"{}\"", self.sim.github.graphql_url()),
            ),
            ("#\\[telegram\\]", "[telegram]".to_owned()),
            (
                "#owner_id = 123456789",
                format!("owner_id = {}", cast.owner.id()),
            ),
            (
                "#token_file = \"/etc/credstore/bountyd.telegram-token\"",
                "token_file = \"/etc/credstore/bountyd.telegram-token\"".to_owned(),
            ),
            (
                "#api_url = \"https://api.telegram.org/\"",
                format!("api_url = \"{telegram}/\""),
            ),
        ];
        lines
            .iter()
            .map(|(from, to)| format!("s~^{from}$~{to}~\n"))
            .collect()
    }

    pub(crate) fn is_connected(&self) -> bool {
        let cast = self.cast.lock().expect("not poisoned");
        cast.as_ref()
            .is_some_and(|cast| !self.sim.auth0.accounts(&cast.user_id).is_empty())
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        let cast = self.cast.lock().expect("not poisoned");
        let login = &cast.as_ref().expect("the key is registered").login;
        let written = self.sim.github.comments_by(login);
        written.iter().map(|comment| comment.body.clone()).collect()
    }
}
