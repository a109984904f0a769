//! The bot token: where it lies, and whether it can be one.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::secret::SecretSource;
use crate::settings::OpenError;

/// The service whose tokens have a known shape.
const TELEGRAM: &str = "api.telegram.org";

/// Reads the bot token and says what [`crate::Vault::open`] would say of it. Nothing is sent.
///
/// # Errors
/// The secret cannot be read, or is no bot token for the service at `api`.
pub fn check_bot_token(source: &SecretSource, api: &Url) -> Result<(), OpenError> {
    load(source, api).map(drop)
}

pub(crate) fn load(source: &SecretSource, api: &Url) -> Result<SecretString, OpenError> {
    let token = source.load()?.into_text()?;
    fit(&token, api)?;
    Ok(token)
}

/// Whether it can be a token of the service at `api`.
pub(super) fn fit(token: &SecretString, api: &Url) -> Result<(), OpenError> {
    match unfit(token.expose_secret(), api.host_str() == Some(TELEGRAM)) {
        None => Ok(()),
        Some(reason) => Err(OpenError::Setting {
            setting: "telegram_token",
            value: "(not shown)".to_owned(),
            reason,
        }),
    }
}

/// Why it cannot be a token. Another service may give out others than Telegram does, but a token is
/// always a part of the URL.
fn unfit(token: &str, for_telegram: bool) -> Option<&'static str> {
    if for_telegram && !looks_like_telegrams(token) {
        return Some(
            "does not look like a bot token (digits, a colon, letters); copy it again from @BotFather",
        );
    }
    // RFC 3986, section 3.3: the characters of a path segment that stand for themselves.
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&b);
    (!token.bytes().all(fits)).then_some(
        "holds characters that cannot stand in a URL, so that it cannot be a bot token; copy it again from where the bot was made",
    )
}

/// `123456:ABC-…` (Telegram docs, "Authorizing your bot").
fn looks_like_telegrams(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, key)| {
        !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_digit())
            && !key.is_empty()
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::unfit;

    #[test]
    fn telegrams_own_tokens_have_a_shape_and_others_fit_into_a_url() {
        for (token, telegrams, anybodys) in [
            ("123456:ABC-def_1", true, true),
            ("test-token", false, true),
            ("a.b~c:1", false, true),
            ("123456:", false, true),
            ("12:a/../b", false, false),
            ("12:a%2F", false, false),
            ("12:a?b", false, false),
            ("12:a#b", false, false),
            ("12:ä", false, false),
        ] {
            assert_eq!(unfit(token, true).is_none(), telegrams, "{token}");
            assert_eq!(unfit(token, false).is_none(), anybodys, "{token}");
        }
    }
}
