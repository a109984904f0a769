//! A tenant that asks phones, as a script; and the owner asked there.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::{Clock as _, OsEntropy};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use vault::ciba::{BindingCode, BindingMessage, Heard, NotAsked};

use crate::support::clock::HandClock;
use crate::support::server::{Heard as Request, Reply};
use crate::support::{CLIENT, OWNER, Scene, refusal};

pub(super) const ASK: &str = "/bc-authorize";
const KEYS: &str = "/.well-known/jwks.json";
pub(super) const MINUTES: Duration = Duration::from_secs(300);

/// A key of the tenant's, and one that it never published.
pub(super) struct TenantKey {
    pub(super) signs: EncodingKey,
    pub(super) jwk: Value,
}

pub(super) static TENANT: LazyLock<[TenantKey; 2]> =
    LazyLock::new(|| ["right", "wrong"].map(tenant_key));

fn tenant_key(kid: &str) -> TenantKey {
    let dir = tempfile::tempdir().expect("a directory");
    let path: PathBuf = dir.path().join("tenant.pem");
    vault::generate_key(&path, 2048).expect("a key");
    let pem = std::fs::read_to_string(&path).expect("a key");
    let key = RsaPrivateKey::from_pkcs8_pem(&pem).expect("PKCS#8");
    let part = |number: &rsa::BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    TenantKey {
        signs: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key"),
        jwk: json!({
            "kid": kid, "kty": "RSA", "use": "sig", "alg": "RS256", "n": part(key.n()), "e": part(key.e()),
        }),
    }
}

/// The tenant: what it answers to a poll next, and what it was asked.
#[derive(Clone, Default)]
pub(super) struct Tenant {
    clock: HandClock,
    next: Arc<Mutex<Option<Reply>>>,
    pub(super) start: Arc<Mutex<Option<Reply>>>,
    pub(super) keys: Arc<Mutex<Option<Reply>>>,
}

impl Tenant {
    pub(super) fn answers(&self, reply: Reply) {
        *self.next.lock().expect("lock") = Some(reply);
    }

    fn reply(&self, request: &Request) -> Reply {
        let set = |of: &Mutex<Option<Reply>>| of.lock().expect("lock").clone();
        let now = chrono::DateTime::from_timestamp(self.clock.now().seconds(), 0).expect("a time");
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let reply = match request.path.as_str() {
            ASK => set(&self.start).unwrap_or_else(|| {
                let body = r#"{"auth_req_id":"canaryAuthReq","expires_in":300,"interval":5}"#;
                Reply::json(200, body)
            }),
            KEYS => set(&self.keys).unwrap_or_else(|| {
                let keys = json!({ "keys": [{ "kty": "EC", "kid": "other" }, TENANT[0].jwk] });
                Reply::json(200, &keys.to_string())
            }),
            _ => set(&self.next).unwrap_or_else(pending),
        };
        reply.with("date", &date)
    }
}

pub(super) fn pending() -> Reply {
    refusal(400, "authorization_pending")
}

pub(super) struct Asked {
    pub(super) scene: Scene,
    pub(super) tenant: Tenant,
}

impl Asked {
    pub(super) async fn scene() -> Self {
        let scene = Scene::new().await;
        let tenant = Tenant {
            clock: scene.clock.clone(),
            ..Tenant::default()
        };
        let answering = tenant.clone();
        scene
            .auth0
            .answer(move |request, _| answering.reply(request));
        Self { scene, tenant }
    }

    /// The phone is asked as "one".
    pub(super) async fn new() -> Self {
        let asked = Self::scene().await;
        let answer = asked.ask("one").await.expect("asked");
        let now = asked.scene.clock.now();
        assert_eq!(answer.next, now.plus(Duration::from_secs(5)));
        assert_eq!(answer.until, now.plus(MINUTES));
        asked
    }

    pub(super) async fn ask(&self, name: &str) -> Result<vault::ciba::Asked, NotAsked> {
        let code = BindingCode::fresh(&OsEntropy, &[]);
        let message = BindingMessage::new(&code, "close_issue acme/widget#7 $(rm)");
        self.scene.vault.ciba().ask(name, &message, MINUTES).await
    }

    /// Some seconds later.
    pub(super) async fn poll_after(&self, seconds: u64) -> Heard {
        self.scene.clock.advance(Duration::from_secs(seconds));
        self.scene.vault.ciba().poll("one").await
    }

    pub(super) fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        self.signed(&TENANT[0].signs, "right", change)
    }

    pub(super) fn signed(
        &self,
        key: &EncodingKey,
        kid: &str,
        change: impl FnOnce(&mut Value),
    ) -> String {
        let now = self.scene.clock.now().seconds();
        let mut claims = json!({
            "iss": self.scene.auth0.url("/"), "aud": CLIENT, "sub": OWNER, "iat": now, "exp": now + 36_000,
        });
        change(&mut claims);
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(kid.to_owned());
        jsonwebtoken::encode(&header, &claims, key).expect("signed")
    }

    /// The tenant says yes with this ID token from now on.
    pub(super) fn says_yes(&self, id_token: &str) {
        let body = json!({
            "access_token": "canaryAccess", "id_token": id_token, "expires_in": 86_400, "token_type": "Bearer",
        });
        self.tenant.answers(Reply::json(200, &body.to_string()));
    }

    pub(super) fn forms(&self, path: &str) -> Vec<HashMap<String, String>> {
        let heard = self.scene.auth0.heard().into_iter();
        let here = heard.filter(|request| request.path == path);
        here.map(|request| request.form()).collect()
    }
}
