//! Where may be fetched from: HTTPS, and plain HTTP on this machine where that is allowed.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// An address that trusted code chose. It has no credentials: a checkout needs none.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    url: Url,
    proxy: Option<Url>,
}

/// Why an address is none to fetch from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RemoteError {
    /// It is no URL.
    #[error("this is no URL; write https://host/owner/name")]
    NotAUrl,
    /// It is not HTTPS.
    #[error(
        "a repository is fetched over https only (plain http is for this machine itself, and only with allow_insecure_loopback)"
    )]
    Scheme,
    /// It has parts that an address of a repository does not need.
    #[error("the address of a repository has no user, password, query or fragment")]
    Extras,
    /// The proxy is of no known kind.
    #[error("a proxy is http://, https:// or socks5h://host:port, without user and password")]
    Proxy,
}

impl Remote {
    /// An `https` address.
    ///
    /// # Errors
    /// It is something else, or has a user, a query or a fragment.
    pub fn https(url: &str) -> Result<Self, RemoteError> {
        Self::new(url, |url| url.scheme() == "https")
    }

    /// An `https` address, or an `http` address of this machine, by number or as `localhost`.
    ///
    /// # Errors
    /// As for [`Remote::https`].
    pub fn https_or_loopback(url: &str) -> Result<Self, RemoteError> {
        Self::new(url, |url| {
            url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
        })
    }

    fn new(url: &str, allowed: impl Fn(&Url) -> bool) -> Result<Self, RemoteError> {
        let url = Url::parse(url).map_err(|_| RemoteError::NotAUrl)?;
        if !allowed(&url) {
            return Err(RemoteError::Scheme);
        }
        if has_user(&url) || url.query().is_some() || url.fragment().is_some() {
            return Err(RemoteError::Extras);
        }
        Ok(Self { url, proxy: None })
    }

    /// The same address, reached through a proxy. Without this none is used, whatever the environment
    /// says.
    ///
    /// # Errors
    /// It is no address of a proxy.
    pub fn through(self, proxy: &str) -> Result<Self, RemoteError> {
        let proxy = Url::parse(proxy).map_err(|_| RemoteError::Proxy)?;
        let known = matches!(proxy.scheme(), "http" | "https" | "socks5h");
        if !known || !proxy.has_host() || has_user(&proxy) {
            return Err(RemoteError::Proxy);
        }
        let proxy = Some(proxy);
        Ok(Self { proxy, ..self })
    }

    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn scheme(&self) -> &str {
        self.url.scheme()
    }

    pub(super) fn proxy(&self) -> &str {
        self.proxy.as_ref().map_or("", Url::as_str)
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_fetched_from_and_nothing_else() {
        assert!(Remote::https("https://github.com/octo/hello.git").is_ok());
        for url in [
            "http://github.com/octo/hello",
            "http://127.0.0.1:8080/x",
            "file:///etc",
            "ssh://git@github.com/octo/hello",
            "git://github.com/octo/hello",
            "ext::sh -c true",
        ] {
            assert_eq!(Remote::https(url), Err(RemoteError::Scheme), "{url}");
        }
        for url in ["", "octo/hello", "/etc", "--upload-pack=true", "https://"] {
            assert_eq!(Remote::https(url), Err(RemoteError::NotAUrl), "{url}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(Remote::https_or_loopback(url).is_ok(), "{url}");
        }
        for url in [
            "http://10.0.0.1/x",
            "http://localhost.evil.example/x",
            "file:///x",
        ] {
            assert_eq!(
                Remote::https_or_loopback(url),
                Err(RemoteError::Scheme),
                "{url}"
            );
        }
    }

    #[test]
    fn an_address_carries_nothing_but_the_address() {
        for url in [
            "https://token@github.com/o/r",
            "https://u:p@github.com/o/r",
            "https://github.com/o/r?x=1",
            "https://github.com/o/r#x",
        ] {
            assert_eq!(Remote::https(url), Err(RemoteError::Extras), "{url}");
        }
    }

    #[test]
    fn a_proxy_is_used_only_where_it_is_named() {
        let remote = Remote::https("https://github.com/o/r").expect("an address");
        assert_eq!(remote.proxy(), "");
        let remote = remote
            .through("http://proxy.example:3128")
            .expect("a proxy");
        assert_eq!(remote.proxy(), "http://proxy.example:3128/");
        for proxy in [
            "proxy.example:3128",
            "http://u:p@proxy.example",
            "file:///x",
            "",
        ] {
            assert_eq!(
                remote.clone().through(proxy),
                Err(RemoteError::Proxy),
                "{proxy}"
            );
        }
    }
}
