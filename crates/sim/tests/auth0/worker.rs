//! A worker as it should be, and ways to make it wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, LineEnding};
use rsa::pkcs8::EncodePublicKey as _;
use rsa::rand_core::OsRng;
use serde_json::{Value, json};
use sim::auth0::{Auth0, Client, ClientAuth, Credential, TokenPlan, VAULT_GRANT};
use sim::tokens::Registry;

/// 2026-11-22 02:00:00 UTC.
pub(crate) const NIGHT: i64 = 1_795_312_800_000;
pub(crate) const CLIENT: &str = "worker-client";
pub(crate) const SECRET: &str = "a client secret";
pub(crate) const SUB: &str = "auth0|owner";

pub(crate) struct Key {
    signing: EncodingKey,
    pub(crate) credential: Credential,
    pub(crate) pem: String,
}

fn make_key() -> Key {
    let private = RsaPrivateKey::new(&mut OsRng, 2048).expect("key");
    let pem = private.to_pkcs1_pem(LineEnding::LF).expect("pem");
    let public = private
        .to_public_key()
        .to_public_key_pem(LineEnding::LF)
        .expect("pem");
    Key {
        signing: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("key"),
        credential: Credential::from_pem(&public).expect("credential"),
        pem: public,
    }
}

/// The public half of a key that nobody has.
pub(crate) fn fresh_pem() -> String {
    make_key().pem
}

pub(crate) fn key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(make_key)
}

pub(crate) fn other_key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(make_key)
}

pub(crate) struct World {
    pub(crate) auth0: Auth0,
    pub(crate) registry: Registry,
    clock: Arc<AtomicI64>,
    drawn: AtomicU64,
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) pairs: BTreeMap<String, String>,
    pub(crate) basic: Option<(String, String)>,
}

impl Request {
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.pairs.insert(name.into(), value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.pairs.remove(name);
        self
    }

    pub(crate) fn with_secret(self, secret: &str) -> Self {
        self.without("client_assertion")
            .without("client_assertion_type")
            .set("client_secret", secret)
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        &self.pairs[name]
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(AtomicI64::new(NIGHT));
        let hand = Arc::clone(&clock);
        let registry = Registry::new(1);
        let addr = "127.0.0.1:0".parse().expect("address");
        let now: sim::Now = Arc::new(move || hand.load(Ordering::SeqCst));
        let auth0 = Auth0::start(addr, now, registry.clone(), 1)
            .await
            .expect("start");
        let keys = vec![key().credential.clone()];
        auth0.add_client(Client::worker(
            CLIENT,
            ClientAuth::PrivateKeyJwt(keys.clone()),
            keys,
        ));
        auth0.add_user(SUB, "owner@example.org", 42);
        auth0
            .connect_account(SUB, "github", &["repo"], TokenPlan::github_app())
            .expect("connected");
        Self {
            auth0,
            registry,
            clock,
            drawn: AtomicU64::new(0),
        }
    }

    pub(crate) fn sleep(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    fn now_s(&self) -> i64 {
        self.clock.load(Ordering::SeqCst) / 1_000
    }

    fn jti(&self) -> String {
        format!("jti-{}", self.drawn.fetch_add(1, Ordering::SeqCst))
    }

    fn sign(
        &self,
        key: &Key,
        typ: &str,
        kid: Option<&str>,
        alg: Algorithm,
        claims: Value,
        changes: &[(&str, Value)],
    ) -> String {
        let mut claims = claims.as_object().expect("object").clone();
        for (name, value) in changes {
            if value.is_null() {
                claims.remove(*name);
            } else {
                claims.insert((*name).into(), value.clone());
            }
        }
        let mut header = Header::new(alg);
        header.typ = Some(typ.into());
        header.kid = kid.map(Into::into);
        jsonwebtoken::encode(&header, &claims, &key.signing).expect("signed")
    }

    fn subject_claims(&self) -> Value {
        let now = self.now_s();
        json!({
            "sub": SUB, "aud": format!("{}/", self.auth0.url()), "iss": CLIENT, "iat": now, "exp": now + 60,
            "jti": self.jti(), "audit_context": "bountyd scan j:1",
        })
    }

    pub(crate) fn subject_typed(&self, typ: &str, key: &Key, changes: &[(&str, Value)]) -> String {
        let kid = Some(key.credential.kid.as_str());
        self.sign(
            key,
            typ,
            kid,
            Algorithm::RS256,
            self.subject_claims(),
            changes,
        )
    }

    pub(crate) fn subject(&self, changes: &[(&str, Value)]) -> String {
        self.subject_typed("token-vault-req+jwt", key(), changes)
    }

    pub(crate) fn subject_with_alg(&self, alg: Algorithm) -> String {
        self.sign(
            key(),
            "token-vault-req+jwt",
            None,
            alg,
            self.subject_claims(),
            &[],
        )
    }

    pub(crate) fn subject_with_kid(&self, kid: Option<&str>, key: &Key) -> String {
        self.sign(
            key,
            "token-vault-req+jwt",
            kid,
            Algorithm::RS256,
            self.subject_claims(),
            &[],
        )
    }

    pub(crate) fn assertion(&self, key: &Key, changes: &[(&str, Value)]) -> String {
        let now = self.now_s();
        let claims = json!({
            "iss": CLIENT, "sub": CLIENT, "aud": format!("{}/", self.auth0.url()), "iat": now, "exp": now + 60,
            "jti": self.jti(),
        });
        self.sign(
            key,
            "JWT",
            Some(&key.credential.kid),
            Algorithm::RS256,
            claims,
            changes,
        )
    }

    /// An assertion that lives long enough for a tenant whose clock is ahead.
    pub(crate) fn late_assertion(&self) -> String {
        self.assertion(key(), &[("exp", json!(self.now_s() + 299))])
    }

    /// A request that is right in every respect.
    pub(crate) fn request(&self) -> Request {
        let pairs = [
            ("grant_type", VAULT_GRANT.to_owned()),
            ("client_id", CLIENT.to_owned()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
            ),
            ("client_assertion", self.assertion(key(), &[])),
            ("subject_token", self.subject(&[])),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:jwt".to_owned(),
            ),
            (
                "requested_token_type",
                "http://auth0.com/oauth/token-type/token-vault-access-token".to_owned(),
            ),
            ("connection", "github".to_owned()),
        ];
        Request {
            pairs: pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            basic: None,
        }
    }

    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let mut builder = self.post().form(&request.pairs);
        if let Some((id, secret)) = &request.basic {
            builder = builder.basic_auth(id, Some(secret.replace(' ', "+")));
        }
        answer(builder).await
    }

    pub(crate) async fn post_json(&self, pairs: &BTreeMap<String, String>) -> Answer {
        answer(self.post().json(pairs)).await
    }

    pub(crate) async fn post_raw(&self, content_type: &str, body: &str) -> Answer {
        answer(
            self.post()
                .header("content-type", content_type)
                .body(body.to_owned()),
        )
        .await
    }

    fn post(&self) -> reqwest::RequestBuilder {
        reqwest::Client::new().post(format!("{}/oauth/token", self.auth0.url()))
    }
}

pub(crate) async fn answer(builder: reqwest::RequestBuilder) -> Answer {
    let response = builder.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("text");
    Answer {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}
