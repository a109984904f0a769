//! The three services on one clock and one registry of tokens, and the cast every story needs.

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::auth0::{Auth0, Client, ClientAuth, Credential, TokenPlan};
use crate::github::Github;
use crate::telegram::{Person, Telegram};
use crate::tokens::Registry;
use crate::{Now, wall_clock};

/// Callback addresses a loopback login may use; Auth0 matches them exactly, so they are registered one by one.
pub const CALLBACKS: [&str; 6] = [
    "http://127.0.0.1:18484/callback",
    "http://127.0.0.1:18485/callback",
    "http://127.0.0.1:18486/callback",
    "http://127.0.0.1:18487/callback",
    "http://127.0.0.1:18488/callback",
    "http://127.0.0.1:18489/callback",
];

/// Where the services listen, on which clock, with which seed.
#[derive(Clone)]
pub struct SimOptions {
    /// The clock of all three.
    pub now: Now,
    /// Equal seeds give equal tokens and names.
    pub seed: u64,
    /// Port 0 takes a free one.
    pub auth0_addr: SocketAddr,
    /// Port 0 takes a free one.
    pub github_addr: SocketAddr,
    /// Where repositories are cloned from. Port 0 takes a free one.
    pub git_addr: SocketAddr,
    /// Port 0 takes a free one.
    pub telegram_addr: SocketAddr,
}

impl Default for SimOptions {
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            now: wall_clock(),
            seed: 1,
            auth0_addr: anywhere,
            github_addr: anywhere,
            git_addr: anywhere,
            telegram_addr: anywhere,
        }
    }
}

impl std::fmt::Debug for SimOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimOptions")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl SimOptions {
    /// Free ports, on this clock.
    #[must_use]
    pub fn on(now: Now) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }
}

/// The whole simulated world. Dropping it stops all three services.
#[derive(Debug)]
pub struct Sim {
    /// The tenant.
    pub auth0: Auth0,
    /// GitHub.
    pub github: Github,
    /// The Bot API, and the people who write to the bot.
    pub telegram: Telegram,
    /// The tokens of the world.
    pub registry: Registry,
}

/// Who is who: the names under which a daemon is configured.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The worker's application at Auth0.
    pub client_id: String,
    /// The owner at Auth0.
    pub user_id: String,
    /// The owner's GitHub login.
    pub login: String,
    /// The owner's numeric GitHub id.
    pub github_id: u64,
    /// The owner's phone.
    pub owner: Person,
}

impl Sim {
    /// Starts all three services, empty.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub async fn start(options: SimOptions) -> io::Result<Self> {
        let SimOptions {
            now,
            seed,
            auth0_addr,
            github_addr,
            git_addr,
            telegram_addr,
        } = options;
        let registry = Registry::new(seed);
        let auth0 = Auth0::start(auth0_addr, now.clone(), registry.clone(), seed).await?;
        let github = Github::start_at(github_addr, git_addr, now.clone(), registry.clone()).await?;
        let telegram = Telegram::start(telegram_addr, now, seed).await?;
        telegram.show_issues_at(github.url());
        Ok(Self {
            auth0,
            github,
            telegram,
            registry,
        })
    }

    /// Brings in the usual cast: an owner with accounts at all three services, GitHub connected in the vault, and a worker
    /// application that authenticates with `auth` and whose subject tokens are signed by one of `keys`.
    #[must_use]
    pub fn cast(&self, auth: ClientAuth, keys: Vec<Credential>, plan: TokenPlan) -> Cast {
        let (client_id, user_id, login) = ("bountyd-worker", "auth0|owner", "night-owner");
        let github_id = self.github.add_user(login);
        self.auth0
            .add_client(Client::worker(client_id, auth, keys).with_login(&CALLBACKS));
        self.auth0.add_user(user_id, "owner@example.org", github_id);
        self.auth0.default_plan(plan.clone());
        let _ = self
            .auth0
            .connect_account(user_id, "github", &["repo"], plan);
        Cast {
            client_id: client_id.to_owned(),
            user_id: user_id.to_owned(),
            login: login.to_owned(),
            github_id,
            owner: self.telegram.owner(4_200_001),
        }
    }

    /// Brings in an owner who has everything still to do: accounts at all three services, and a tenant as Auth0 hands it over,
    /// with one public application ([`Cast::client_id`]) through which a person signs in for the set-up.
    #[must_use]
    pub fn newcomer(&self, plan: TokenPlan) -> Cast {
        let (client_id, user_id, login) = ("set-up", "auth0|owner", "night-owner");
        let github_id = self.github.add_user(login);
        self.auth0.as_new();
        self.auth0.add_client(Client::native(client_id));
        self.auth0.add_user(user_id, "owner@example.org", github_id);
        self.auth0.default_plan(plan);
        Cast {
            client_id: client_id.to_owned(),
            user_id: user_id.to_owned(),
            login: login.to_owned(),
            github_id,
            owner: self.telegram.owner(4_200_001),
        }
    }

    /// A `bountyd` configuration that points here. `key` and `token` are files that hold the worker's private key and the
    /// bot's token.
    #[must_use]
    pub fn config(
        &self,
        cast: &Cast,
        key: &Path,
        token: &Path,
        state: &Path,
        secret: Option<&Path>,
    ) -> String {
        let quote = |path: &Path| format!("{:?}", path.display().to_string());
        let tenant = self.auth0.url();
        let mut config =
            String::from("# Points at a running simulator. Everything in it is make-believe.\n");
        let _ = writeln!(config, "mode = \"ask\"\nallow_insecure_loopback = true");
        let _ = writeln!(
            config,
            "state_directory = {}\nruntime_directory = {}\n",
            quote(state),
            quote(state)
        );
        let _ = writeln!(
            config,
            "[auth0]\ndomain = \"simulated.example\"\nbase_url = \"{tenant}/\""
        );
        let _ = writeln!(
            config,
            "client_id = \"{}\"\nuser_id = \"{}\"",
            cast.client_id, cast.user_id
        );
        if let Some(secret) = secret {
            let _ = writeln!(
                config,
                "client_authentication = \"client_secret\"\nclient_secret_file = {}",
                quote(secret)
            );
        }
        let _ = writeln!(config, "keys = [{}]\n", quote(key));
        let _ = writeln!(
            config,
            "[github]\napi_url = \"{}/\"\ngraphql_url = \"{}\"\ngit_url = \"{}/\"\n",
            self.github.url(),
            self.github.graphql_url(),
            self.github.git_url()
        );
        let _ = writeln!(
            config,
            "[telegram]\napi_url = \"{}/\"\nowner_id = {}\ntoken_file = {}",
            self.telegram.url(),
            cast.owner.id(),
            quote(token)
        );
        config
    }
}
