//! Recognises secrets that were written into the configuration by mistake.
//!
//! The file is readable by people who may look but not act, and its lines are quoted in error
//! messages; so it names files and credentials, never what is in them.

/// Whether a key asks for the secret itself rather than for the file that holds it.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key = key
        .rsplit('.')
        .next()
        .unwrap_or(key)
        .trim_matches(['"', '\'', ' '])
        .to_ascii_lowercase()
        .replace('-', "_");
    if key.ends_with("_file") || key.ends_with("_path") {
        return false;
    }
    matches!(
        key.as_str(),
        "key" | "secret" | "token" | "password" | "passwd" | "pem"
    ) || [
        "_secret",
        "_token",
        "_password",
        "private_key",
        "assertion_key",
        "api_key",
    ]
    .iter()
    .any(|end| key.ends_with(end))
}

/// As [`is_secret_value`], where it is known what the value is for: the name of a key is 43 characters of
/// base64url, and every fourth of them has no character that tells it from a line of base64. The hash of a
/// client's key is what may stand here in its place.
pub(super) fn is_secret_for(key: &str, value: &str) -> bool {
    let names_a_key = key == "signing_key" && value.trim().len() == 43;
    let is_a_hash = key == "key_sha256"
        && value.len() == 64
        && value
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    !names_a_key && !is_a_hash && is_secret_value(value)
}

/// Whether a value has the shape of a secret: a PEM block, a Telegram bot token, a GitHub token, a
/// JWT, a client's key. Shapes only; an Auth0 client secret has none and is caught by its key.
pub(super) fn is_secret_value(value: &str) -> bool {
    value.contains("PRIVATE KEY")
        || value
            .split(|c: char| !(c.is_ascii_alphanumeric() || "_-:.".contains(c)))
            .any(|word| {
                is_bot_token(word) || is_github_token(word) || is_jwt(word) || is_client_key(word)
            })
        || is_base64_line(value.trim())
}

/// `123456789:AA…`, as BotFather hands it out.
fn is_bot_token(word: &str) -> bool {
    word.split_once(':').is_some_and(|(id, rest)| {
        id.len() >= 6 && id.bytes().all(|b| b.is_ascii_digit()) && rest.len() >= 30
    })
}

fn is_github_token(word: &str) -> bool {
    let prefixed = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"]
        .iter()
        .any(|prefix| word.starts_with(prefix));
    prefixed && word.len() >= 20
}

/// A client's key over HTTP, of which the hash was meant.
fn is_client_key(word: &str) -> bool {
    word.len() >= 20 && word.starts_with("bountyd_mcp_")
}

fn is_jwt(word: &str) -> bool {
    word.starts_with("eyJ") && word.matches('.').count() == 2
}

/// A line of a PEM body: nothing but base64, 40 characters or more.
fn is_base64_line(line: &str) -> bool {
    line.len() >= 40
        && line
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for key in [
            "client_secret",
            "token",
            "auth0.client_secret",
            "\"bot-token\"",
            "PRIVATE_KEY",
            "key",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in [
            "client_secret_file",
            "token_file",
            "keys",
            "signing_key",
            "token_buffer",
            "client_id",
        ] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn the_name_of_a_key_is_none_whatever_its_letters() {
        let kid = "NzbLsXh8uDCcd6MNwXF4W7noWXFZAfHkxZsRGC9XsAb";
        assert_eq!(kid.len(), 43);
        assert!(is_secret_value(kid));
        assert!(is_secret_for("client_id", kid));
        assert!(!is_secret_for("signing_key", kid));
        assert!(is_secret_for("signing_key", "-----BEGIN PRIVATE KEY-----"));
        assert!(is_secret_for("signing_key", &kid.repeat(2)));
    }

    #[test]
    fn values() {
        let bot_token = format!("123456789:{}", "A".repeat(35));
        for value in [
            "-----BEGIN PRIVATE KEY-----",
            bot_token.as_str(),
            "ghp_0123456789abcdefghij",
            "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        ] {
            assert!(is_secret_value(value), "{value}");
        }
        for value in [
            "/etc/bountyd/assertion.pem",
            "github|583231",
            "*/30 * * * *",
            "label:bounty",
        ] {
            assert!(!is_secret_value(value), "{value}");
        }
    }
}
