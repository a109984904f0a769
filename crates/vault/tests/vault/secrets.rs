//! Live secrets are known again in whatever is about to leave.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PrivateKeyParts;
use vault::{ClientAuthentication, generate_key};

use crate::support::{CANARY_BOT, Scene, file, key_file, secret, token};

const CLIENT_SECRET: &str = "wV7/kT0+pQ2_xN-9aZr3LmY8bC1dE5fG6hJ4iK0lO7uS2tR9vX3yB8nM1qA5cD6e";
const TOKEN: &str = "gho_16C7e42F292c6912E7710c838347Ae178B4a";

async fn scene() -> Scene {
    let scene = Scene::with(|settings, dir| {
        settings.client_authentication =
            ClientAuthentication::ClientSecret(secret(dir, "client", CLIENT_SECRET));
    })
    .await;
    scene.auth0.answer(|_, _| token(TOKEN, 3600));
    scene
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn turned(text: &str) -> String {
    text.chars().rev().collect()
}

/// How a secret may come out.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        secret.replace('/', "\\/"),
        hex(secret.as_bytes()),
        hex(secret.as_bytes()).to_uppercase(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        secret.bytes().map(|b| format!("%{b:02X}")).collect(),
        secret.bytes().map(|b| format!("%{b:02x}")).collect(),
        turned(secret),
        turned(&hex(secret.as_bytes())),
        hex(turned(secret).as_bytes()),
    ];
    for around in ["", "a", "ab", "token=", "Bearer ", "{\"k\":\""] {
        for text in [secret.to_owned(), turned(secret)] {
            let text = format!("{around}{text}{around}");
            for form in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                forms.push(turned(&form));
                forms.push(form);
            }
        }
    }
    forms
}

#[tokio::test]
async fn every_secret_is_found_in_every_form() {
    let scene = scene().await;
    scene.vault.probe("scan").await.expect("token");
    for (name, secret) in [
        ("client secret", CLIENT_SECRET),
        ("bot token", CANARY_BOT),
        ("GitHub token", TOKEN),
    ] {
        for form in forms(secret) {
            for text in [
                form.clone(),
                format!("+let x = \"{form}\";\n"),
                form.as_bytes()
                    .chunks(11)
                    .map(|part| format!("    \"{}\\n\"\r\n", String::from_utf8_lossy(part)))
                    .collect(),
            ] {
                assert_eq!(scene.vault.secret_in(text.as_bytes()), Some(name), "{text}");
            }
        }
        let less = &secret[..secret.len() - 1];
        assert_eq!(scene.vault.secret_in(less.as_bytes()), None);
    }
}

#[tokio::test]
async fn the_second_half_of_a_bot_token_is_the_secret_one() {
    let scene = scene().await;
    let (id, key) = CANARY_BOT.split_once(':').expect("two halves");
    assert_eq!(scene.vault.secret_in(id.as_bytes()), None);
    assert_eq!(scene.vault.secret_in(key.as_bytes()), Some("bot token"));
}

/// How a key may come out.
fn key_forms(pem: &str) -> Vec<Vec<u8>> {
    let key = RsaPrivateKey::from_pkcs8_pem(pem).expect("key");
    let old = key.to_pkcs1_pem(LineEnding::CRLF).expect("pem");
    let mut forms: Vec<Vec<u8>> = Vec::new();
    for pem in [pem, &old] {
        let body: String = pem.lines().filter(|line| !line.contains('-')).collect();
        let lines = |width: usize, before: &str, after: &str| -> Vec<u8> {
            body.as_bytes()
                .chunks(width)
                .map(|line| format!("{before}{}{after}", String::from_utf8_lossy(line)))
                .collect::<String>()
                .into_bytes()
        };
        forms.push(pem.as_bytes().to_vec());
        forms.push(turned(pem).into_bytes());
        forms.push(pem.replace('\n', "\\n").into_bytes());
        forms.push(pem.replace('/', "\\/").replace('\n', "\\r\\n").into_bytes());
        forms.push(lines(4096, "", ""));
        forms.push(lines(76, "", "\n"));
        forms.push(lines(20, "  ", " \\\n"));
        forms.push(lines(33, "+    \"", "\\n\" .\n"));
    }
    let der = key.to_pkcs8_der().expect("der");
    for der in [der.as_bytes(), key.to_pkcs1_der().expect("der").as_bytes()] {
        forms.push(der.to_vec());
        forms.push(hex(der).into_bytes());
        forms.push(hex(der).to_uppercase().into_bytes());
        let dump = der.chunks(15).map(|line| {
            let pairs: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("    {}:\n", pairs.join(":"))
        });
        forms.push(dump.collect::<String>().into_bytes());
        for before in ["", "a", "ab"] {
            let text = [before.as_bytes(), der].concat();
            forms.push(STANDARD.encode(&text).into_bytes());
            forms.push(URL_SAFE_NO_PAD.encode(&text).into_bytes());
        }
    }
    for number in [key.d()].into_iter().chain(key.primes()) {
        let number = URL_SAFE_NO_PAD.encode(number.to_bytes_be());
        forms.push(format!("{{\"kty\":\"RSA\",\"d\":\"{number}\"}}").into_bytes());
    }
    forms
}

#[tokio::test]
async fn a_private_key_is_found_in_every_form_and_its_public_half_is_free() {
    let scene = scene().await;
    let pem = std::fs::read_to_string(key_file()).expect("read");
    for form in key_forms(&pem) {
        let found = scene.vault.secret_in(&form);
        assert_eq!(
            found,
            Some("private key"),
            "{}",
            String::from_utf8_lossy(&form)
        );
    }
    let public = vault::public_key(&file(key_file())).expect("public");
    assert_eq!(scene.vault.secret_in(public.pem.as_bytes()), None);
    assert_eq!(scene.vault.secret_in(public.kid.as_bytes()), None);
}

#[tokio::test]
async fn a_key_that_does_not_sign_yet_is_a_secret_too() {
    let other = tempfile::tempdir().expect("dir");
    let path = other.path().join("next.pem");
    generate_key(&path, 2048).expect("made");
    let pem = std::fs::read(&path).expect("read");
    let scene = Scene::new().await;
    assert_eq!(scene.vault.secret_in(&pem), None);
    let scene = Scene::with(|settings, _| settings.keys.push(file(&path))).await;
    assert_eq!(scene.vault.status().kids.len(), 2);
    assert_eq!(scene.vault.secret_in(&pem), Some("private key"));
}

#[tokio::test]
async fn a_token_is_looked_for_as_long_as_it_is_held() {
    let scene = scene().await;
    let found = || scene.vault.secret_in(format!("x {TOKEN} y").as_bytes());
    assert_eq!(found(), None);
    scene.vault.probe("scan").await.expect("token");
    assert_eq!(found(), Some("GitHub token"));
    scene.vault.forget();
    assert_eq!(found(), None);
    scene.vault.probe("scan").await.expect("token");
    assert_eq!(found(), Some("GitHub token"));
    scene.clock.advance(Duration::from_secs(901));
    scene
        .until("the token is dropped", |s| s.vault.status().token.is_none())
        .await;
    assert_eq!(found(), None);
}

#[tokio::test]
async fn what_has_no_secret_is_free() {
    use sha2::{Digest, Sha256};
    let scene = scene().await;
    scene.vault.probe("scan").await.expect("token");
    let noise: Vec<u8> = (0..8_192_u32)
        .flat_map(|n| Sha256::digest(n.to_be_bytes()))
        .collect();
    for bytes in [
        &b""[..],
        b"\\",
        b"gho_",
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        &noise,
        STANDARD.encode(&noise).as_bytes(),
        hex(&noise).as_bytes(),
        include_bytes!("secrets.rs").split_at(200).0,
    ] {
        assert_eq!(scene.vault.secret_in(bytes), None);
    }
}
