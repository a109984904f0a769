//! Values that TOML has no type for: decimals, URLs, hosts, names on GitHub.

use url::Url;

use super::complaints::Refusal;
use super::is_loopback;
use crate::money::Decimal;

/// Reads digits with at most one point and at most `places` digits behind it.
pub(super) fn decimal(text: &str, places: usize) -> Result<Decimal, Refusal> {
    let fraction = text.split_once('.').map(|(_, fraction)| fraction);
    Decimal::parse(text)
        .filter(|_| fraction.is_none_or(|f| (1..=places).contains(&f.len())))
        .ok_or_else(|| {
            Refusal::new(
                format!("`{text}` is not a decimal with at most {places} places"),
                "write digits with a point, such as \"160.25\"",
            )
        })
}

/// Reads a base URL. It must be https, except on a loopback address when that was allowed.
pub(super) fn base_url(text: &str, insecure_loopback: bool) -> Result<Url, Refusal> {
    let url = Url::parse(text).map_err(|error| {
        Refusal::new(
            format!("not a URL: {error}"),
            "write it as https://host/ or https://host/path",
        )
    })?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) && insecure_loopback => {}
        "http" if is_loopback(&url) => {
            return Err(Refusal::new(
                "plain http would show the token to everybody on this machine",
                "for a simulator set `allow_insecure_loopback = true`; otherwise use https",
            ));
        }
        "http" => {
            return Err(Refusal::new(
                "plain http would show the token to everybody on the way",
                "use https; http is possible on loopback addresses only",
            ));
        }
        other => {
            return Err(Refusal::new(
                format!("`{other}` is not a scheme bountyd speaks"),
                "use https",
            ));
        }
    }
    if url.host().is_none() || !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::new(
            "it must have a host and no user or password",
            "write it as https://host/",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Refusal::new(
            "a base URL has no `?` or `#`",
            "end it at the path",
        ));
    }
    Ok(url)
}

/// As [`base_url`], with a slash at the end so that paths can be joined to it.
pub(super) fn directory_url(text: &str, insecure_loopback: bool) -> Result<Url, Refusal> {
    let mut url = base_url(text, insecure_loopback)?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Checks a bare host name such as `tenant.eu.auth0.com`.
pub(super) fn domain(text: &str) -> Result<String, Refusal> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= 253 && text.contains('.') && text.split('.').all(label) {
        return Ok(text.to_ascii_lowercase());
    }
    let remedy =
        "write the bare domain, such as `tenant.eu.auth0.com`; a whole URL goes to `base_url`";
    Err(Refusal::new("this is not a domain name", remedy))
}

/// Checks a GitHub owner or, where allowed, `owner/repository`; returns it in lower case.
pub(super) fn repository(text: &str, with_name: bool) -> Result<String, Refusal> {
    let owner = |name: &str| {
        !name.is_empty()
            && name.len() <= 39
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let name = |name: &str| {
        !name.is_empty()
            && name.len() <= 100
            && !matches!(name, "." | "..")
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let good = match text.split_once('/') {
        Some((first, second)) => with_name && owner(first) && name(second),
        None => owner(text),
    };
    if good {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Refusal::new(
        format!("`{text}` cannot be a name on GitHub"),
        if with_name {
            "write `owner` or `owner/repository`"
        } else {
            "write the organisation's login, such as `tokio-rs`"
        },
    ))
}
