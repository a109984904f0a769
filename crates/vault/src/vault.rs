//! Opening the vault, and the handle to it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use crate::brake::Brake;
use crate::cell::Cell;
use crate::ciba::Ciba;
use crate::classify::REFRESH_FAILED;
use crate::exchange::{Denied, Exchanger};
use crate::failure::{Failure, FailureClass};
use crate::http_client::{self, PATIENCE, Reuse};
use crate::journal::ExchangeJournal;
use crate::keys::ring::{Keys, Ring};
use crate::keys::signer::PrivateParts;
use crate::scope::{Capability, WireScope};
use crate::secret::SecretSource;
use crate::settings::{ClientAuthentication, OpenError, Settings};
use crate::status::VaultStatus;
use crate::telegram::{self, Telegram};
use crate::trust::{self, Trust};
use crate::watch::{Secrets, Text, Watch};
use crate::wire::{GithubWire, Lines};
use clock::{Clock, Entropy};

/// A handle to the opened vault. Clones share one token cell. Whoever has it can have wires made,
/// so it is given to the program's wiring only.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    trust: Trust,
    cell: Arc<Cell>,
    ciba: Ciba,
    lines: Arc<Lines>,
    telegram: Option<Telegram>,
    watched: Mutex<Watched>,
}

/// The secrets that stay as long as the program runs.
struct Watched {
    secrets: Secrets,
    /// Looks for them; made when it is first needed, which in most nights it is not.
    watch: Option<Arc<Watch>>,
}

/// Keys that were read and tried, and are not in force yet. They go to [`Vault::rekey`] and nowhere else.
pub struct NewKeys {
    keys: Keys,
    parts: Vec<PrivateParts>,
}

impl Vault {
    /// Reads and tries the secrets, and reaches out to nobody.
    ///
    /// # Errors
    /// The first setting, key or secret that cannot work, with its remedy.
    pub async fn open(
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        journal: Arc<dyn ExchangeJournal>,
    ) -> Result<Self, OpenError> {
        settings.check()?;
        let trust = Trust::unread();
        let settings = Arc::new(settings);
        let loaded = Keys::load(settings.keys.clone(), settings.signing_key.as_deref());
        let (keys, parts) = loaded.await?;
        let mut secrets = Secrets::default();
        for key in &parts {
            secrets.private_key(key);
        }
        let client_secret = match &settings.client_authentication {
            ClientAuthentication::PrivateKeyJwt => None,
            ClientAuthentication::ClientSecret(source) => Some(source.load()?.into_text()?),
        };
        let https_only = !settings.allow_insecure_loopback;
        let client = |reuse| {
            http_client::build(
                trust.config(),
                &settings.user_agent,
                https_only,
                reuse,
                PATIENCE,
            )
        };
        if let Some(secret) = &client_secret {
            secrets.client_secret(secret);
        }
        let brake = Brake::new(settings.emergency_stop.clone());
        let exchanger = Exchanger {
            token_url: endpoint(&settings.auth0_base, "oauth/token"),
            http: client(Reuse::Fresh)?,
            ring: Ring::new(keys),
            client_secret,
            clock,
            entropy,
            journal,
            told: std::sync::Mutex::new(None),
            refresh_failed: (settings.last_failure.as_deref() == Some(REFRESH_FAILED)).into(),
            settings: Arc::clone(&settings),
        };
        let cell = Cell::new(exchanger, brake);
        let lines = Arc::new(Lines {
            reads: client(Reuse::Pool)?,
            writes: client(Reuse::Fresh)?,
            api: settings.github_api.clone(),
            graphql: settings.github_graphql.clone(),
        });
        let telegram = match &settings.telegram_token {
            Some(source) => {
                let token = telegram::load_token(source, &settings.telegram_api)?;
                secrets.bot_token(&token);
                Some(Telegram::new(
                    token,
                    settings.telegram_api.clone(),
                    lines.reads.clone(),
                    lines.writes.clone(),
                ))
            }
            None => None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                trust,
                ciba: Ciba::new(Arc::clone(&cell)),
                cell,
                lines,
                telegram,
                watched: Mutex::new(Watched {
                    secrets,
                    watch: None,
                }),
            }),
        })
    }

    /// Reads this machine's certificate store, which the first request would do otherwise and take what
    /// is wrong with it for the other side's silence: whoever can trust nobody should say so first.
    ///
    /// # Errors
    /// The store holds no certificate, or its disk does not answer.
    pub async fn read_trust(&self) -> Result<(), OpenError> {
        self.inner.trust.read(trust::PATIENCE).await
    }

    /// A line to GitHub for the requests `scope` names and no others.
    #[must_use]
    pub fn github_wire(&self, scope: WireScope) -> GithubWire {
        GithubWire::new(
            Arc::clone(&self.inner.cell),
            Arc::clone(&self.inner.lines),
            scope,
            None,
        )
    }

    /// The same for one call on somebody else's behalf: what `capability` does not cover is refused
    /// before a token is asked for, GraphQL among it.
    #[must_use]
    pub fn github_wire_within(&self, scope: WireScope, capability: Capability) -> GithubWire {
        GithubWire::new(
            Arc::clone(&self.inner.cell),
            Arc::clone(&self.inner.lines),
            scope,
            Some(capability),
        )
    }

    /// The bot, if one is configured.
    #[must_use]
    pub fn telegram(&self) -> Option<Telegram> {
        self.inner.telegram.clone()
    }

    /// The owner's phone, asked by push.
    #[must_use]
    pub fn ciba(&self) -> &Ciba {
        &self.inner.ciba
    }

    /// What anybody may know.
    #[must_use]
    pub fn status(&self) -> VaultStatus {
        let report = self.inner.cell.report();
        let exchanger = self.inner.cell.exchanger();
        VaultStatus {
            kid: exchanger.ring.signer().kid().to_owned(),
            kids: exchanger.ring.kids(),
            token: report.token,
            exchanges: report.exchanges,
            last_failure: report.last_failure,
            paused_until: report.paused_until,
            clock_skew: exchanger.skew(),
        }
    }

    /// The emergency stop of everything that leaves through this vault.
    #[must_use]
    pub fn brake(&self) -> &Brake {
        self.inner.cell.brake()
    }

    /// Drops the token, if one is held; what is under way is not kept either.
    pub fn forget(&self) {
        self.inner.cell.forget();
    }

    /// The owner has connected his account or mended a setting: what was held or refused before says
    /// nothing any more, and the next call asks at once. A pause the tenant asked for stands.
    pub fn mended(&self) {
        self.inner.cell.mended();
    }

    /// Reads and tries other keys, as [`Vault::open`] does. Nothing changes yet.
    ///
    /// # Errors
    /// The first that cannot be used, with its remedy.
    pub async fn new_keys(
        &self,
        sources: Vec<SecretSource>,
        signing_key: Option<&str>,
    ) -> Result<NewKeys, OpenError> {
        let (keys, parts) = Keys::load(sources, signing_key).await?;
        Ok(NewKeys { keys, parts })
    }

    /// Puts other keys in force. An exchange under way ends with the key it began with; the next one
    /// begins with the new. What the old ones give away is looked for as before.
    pub fn rekey(&self, new: NewKeys) {
        let mut watched = self.watched();
        for key in &new.parts {
            watched.secrets.private_key(key);
        }
        watched.watch = None;
        self.exchanger().ring.replace(new.keys);
    }

    /// Makes one exchange signed by the loaded key `kid`, whether or not it is the one that signs, and
    /// keeps nothing of it: proof that the tenant knows the key.
    ///
    /// # Errors
    /// Why there was no token; "no_such_key" if it is not loaded; [`EMERGENCY_STOP`](crate::EMERGENCY_STOP) while that is in force.
    pub async fn prove(&self, kid: &str) -> Result<(), Failure> {
        if let Some(stopped) = self.brake().refusal() {
            self.forget();
            return Err(stopped);
        }
        let exchanger = self.exchanger();
        let Some(signer) = exchanger.ring.named(kid) else {
            return Err(Failure {
                class: FailureClass::Configuration,
                code: "no_such_key".to_owned(),
                status: None,
                message: "this key is not loaded".to_owned(),
                remedy: "list its file under [auth0] keys, and reload".to_owned(),
            });
        };
        match exchanger.run_with("prove key", &signer).await {
            Ok(_) => Ok(()),
            Err(denied) => Err(reported(denied)),
        }
    }

    /// Makes sure that a token can be had: uses the one held, else asks for one, but not before
    /// the pause after a failure is over.
    ///
    /// # Errors
    /// Why there is none; a journal that cannot be written is the passing failure "journal".
    pub async fn probe(&self, reason: &'static str) -> Result<(), Failure> {
        match self.inner.cell.acquire(reason).await {
            Ok(_) => Ok(()),
            Err(denied) => Err(reported(denied)),
        }
    }

    /// Which live secret of this installation some bytes give away, if one: "private key", "client
    /// secret", "bot token" or "GitHub token", the last as long as one is held. For what is about to
    /// leave, such as a patch; takes some twenty milliseconds a MiB.
    ///
    /// Each is looked for as it is, in base64 at any offset and in both alphabets, in hexadecimal,
    /// percent-encoded, with escaped slashes, and turned round; and all of these once more in the bytes'
    /// letters and digits alone, so that other line breaks, quotes and colons hide nothing. Of a private
    /// key the first, the middle or the last 24 bytes of any of its private numbers suffice, whatever
    /// file they are in. What is encrypted, compressed or cut up on purpose is not found.
    ///
    /// It is an oracle that says yes or no: whoever can call it can try out what a secret might be. That
    /// is no way to one, for it says yes only to the whole of a secret, or to 24 bytes of a key, which
    /// nobody guesses, and tells nothing of how near a guess was. Whoever holds a vault can do more than
    /// guess: have wires made.
    #[must_use]
    pub fn secret_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let text = Text::new(bytes);
        let inner = &self.inner;
        let watch = self.watch();
        watch.found_in(&text).or_else(|| {
            let mut secrets = Secrets::default();
            inner.cell.held()?.add_to(&mut secrets);
            secrets.watch().found_in(&text)
        })
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.inner
            .watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) -> Arc<Watch> {
        let mut watched = self.watched();
        match &watched.watch {
            Some(watch) => Arc::clone(watch),
            None => {
                let watch = Arc::new(watched.secrets.watch());
                watched.watch = Some(Arc::clone(&watch));
                watch
            }
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn exchanger(&self) -> &Exchanger {
        self.inner.cell.exchanger()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

/// Why there is no token, for whoever asked only whether there is one.
fn reported(denied: Denied) -> Failure {
    match denied {
        Denied::Failed(failure) => failure,
        Denied::Journal(refused) => Failure::transient(
            "journal",
            refused.to_string(),
            "make room on the disk that holds the ledger",
        ),
    }
}

/// `path` below `base`, whether or not that ends with a slash.
pub(crate) fn endpoint(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}
