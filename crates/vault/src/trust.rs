//! Whom to trust over TLS: this machine's certificate store, read when it is first needed.
//!
//! It is hundreds of small files, and reading them takes longer than everything else at a start. So
//! all clients share what was read once, and a start waits for it only where it says so.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio::sync::oneshot;

use crate::settings::OpenError;

/// How long the store may take: on a network's disk or a dying one, reading may have no end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The certificate store, and how to speak TLS with it. Clones share the store.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    store: Arc<Store>,
    config: ClientConfig,
}

impl Trust {
    /// Nothing is read yet: the first handshake does, if nobody did before.
    pub(crate) fn unread() -> Self {
        let provider = provider();
        let store = Arc::new(Store {
            provider: Arc::clone(&provider),
            read: OnceLock::new(),
        });
        let verifier: Arc<dyn ServerCertVerifier> = store.clone();
        let mut config = ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // A configuration of our own offers only what it says (RFC 7301).
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { store, config }
    }

    /// Reads the store, unless it was read, within `patience` of real time.
    ///
    /// # Errors
    /// It holds no certificate, or takes longer; a later call tries again.
    pub(crate) async fn read(&self, patience: Duration) -> Result<(), OpenError> {
        let store = Arc::clone(&self.store);
        in_time(patience, move || store.verifier().map(|_| ())).await
    }

    /// What a client is built with.
    pub(crate) fn config(&self) -> &ClientConfig {
        &self.config
    }
}

/// Has `read` done on a thread of its own, for which nobody waits at the end: a runtime waits for all of its.
#[expect(
    clippy::disallowed_methods,
    reason = "a clock that is ahead of the disk must not call it dead"
)]
async fn in_time(
    patience: Duration,
    read: impl FnOnce() -> Result<(), Error> + Send + 'static,
) -> Result<(), OpenError> {
    let (tell, told) = oneshot::channel();
    thread::Builder::new()
        .name("certificates".to_owned())
        .spawn(move || {
            // An error: it took too long, and nobody listens any more.
            let _ = tell.send(read());
        })
        .map_err(|error| OpenError::Http(error.to_string()))?;
    match tokio::time::timeout(patience, told).await {
        Ok(Ok(read)) => read.map_err(|error| OpenError::Http(error.to_string())),
        Ok(Err(_)) => Err(OpenError::Http("its reader ended early".to_owned())),
        Err(_) => Err(OpenError::CertificatesHang(patience)),
    }
}

/// The process's TLS provider; the first call installs it.
fn provider() -> Arc<CryptoProvider> {
    let ours = rustls::crypto::aws_lc_rs::default_provider;
    if CryptoProvider::get_default().is_none() {
        // An error means that another thread was faster, which is all we want.
        let _ = ours().install_default();
    }
    CryptoProvider::get_default().map_or_else(|| Arc::new(ours()), Arc::clone)
}

#[derive(Debug)]
struct Store {
    provider: Arc<CryptoProvider>,
    read: OnceLock<Verifier>,
}

impl Store {
    /// The platform's judge of certificates. A store that could not be read is tried again: it may be
    /// in the middle of an upgrade.
    fn verifier(&self) -> Result<&Verifier, Error> {
        if let Some(verifier) = self.read.get() {
            return Ok(verifier);
        }
        let read = Verifier::new(Arc::clone(&self.provider))?;
        Ok(self.read.get_or_init(|| read))
    }
}

/// Everything is the platform's judgement; nothing is accepted here.
impl ServerCertVerifier for Store {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?
            .verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?
            .verify_tls13_signature(message, cert, signed)
    }

    // Asked while a handshake is written, before there is a certificate to judge.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_store_that_hangs_is_given_up() {
        let patience = Duration::from_millis(1);
        let (_open, never) = mpsc::channel::<()>();
        let read = in_time(patience, move || {
            let _ = never.recv();
            Ok(())
        });
        let error = read.await.expect_err("nobody answers");
        assert!(matches!(error, OpenError::CertificatesHang(_)), "{error}");
        let said = error.to_string();
        assert!(said.contains("was not read in 1ms"), "{said}");
    }

    #[tokio::test]
    async fn a_reader_that_panics_is_an_error() {
        let read = in_time(PATIENCE, || std::panic::panic_any("a certificate"));
        let error = read.await.expect_err("it ended early");
        assert!(matches!(error, OpenError::Http(_)), "{error}");
    }
}
