//! Whom to trust over TLS: this machine's certificate store, read when it is first needed.
//!
//! It is hundreds of small files, and reading them takes longer than everything else at a start. So
//! all clients share what was read once, and a start waits for it only where it says so.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::settings::OpenError;

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

    /// Reads the store, unless it was read. Blocks on the disk.
    ///
    /// # Errors
    /// It holds no certificate.
    pub(crate) fn read(&self) -> Result<(), OpenError> {
        match self.store.verifier() {
            Ok(_) => Ok(()),
            Err(error) => Err(OpenError::Http(error.to_string())),
        }
    }

    /// What a client is built with.
    pub(crate) fn config(&self) -> &ClientConfig {
        &self.config
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
