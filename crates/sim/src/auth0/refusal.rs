//! Every reason for which the token endpoint says no, and what it says then.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

/// Why an exchange (or a login) was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The body is neither JSON nor a form.
    ContentType,
    /// A required parameter is absent or empty.
    ParameterMissing,
    /// `grant_type` is not one this tenant knows.
    GrantTypeUnknown,
    /// More than one way of client authentication was used at once.
    AuthenticationAmbiguous,
    /// No such client.
    ClientUnknown,
    /// No client authentication where one is required.
    AuthenticationMissing,
    /// The client secret is wrong.
    SecretWrong,
    /// The client assertion is malformed, badly signed, replayed or too long-lived.
    AssertionBad,
    /// The grant is not enabled for the client.
    GrantNotEnabled,
    /// The client is third-party, public, or not OIDC conformant.
    ClientUnfit,
    /// The tenant has no privileged worker exchange.
    FeatureOff,
    /// The client has no privileged access configured.
    NoPrivilegedAccess,
    /// The peer's address is not in `ip_allowlist`.
    IpRefused,
    /// The subject token is not a JWT of three parts with JSON in them.
    SubjectMalformed,
    /// `typ` of the subject token is not `token-vault-req+jwt`.
    SubjectTyp,
    /// `alg` is not allowed, or not that of the key.
    SubjectAlg,
    /// `kid` is unknown, or absent where the client has two keys.
    SubjectKid,
    /// The signature is not by a live key of the privileged slot.
    SubjectSignature,
    /// A required claim of the subject token is absent.
    ClaimMissing,
    /// `iss` is not the client.
    SubjectIssuer,
    /// `aud` is not the tenant, with its trailing slash.
    SubjectAudience,
    /// Issued more than 60 seconds ago.
    SubjectTooOld,
    /// Issued in the future.
    SubjectFromFuture,
    /// Past its `exp`.
    SubjectExpired,
    /// Before its `nbf`.
    SubjectNotYetValid,
    /// The `jti` was seen before.
    SubjectReplayed,
    /// `audit_context` is empty or longer than 256 characters.
    AuditContext,
    /// `subject_token_type` or `requested_token_type` is not the one of this grant.
    TokenType,
    /// The connection is not in the client's `grants`.
    ConnectionNotGranted,
    /// A scope is not in the client's `grants` for the connection.
    ScopeNotGranted,
    /// Fewer scopes were asked for than the provider's token has, and this provider cannot narrow.
    CannotNarrow,
    /// The connection does not exist, is not enabled for the client, or has no Token Vault purpose.
    VaultNotEnabled,
    /// The tenant's multi-factor policy is *Always*.
    MfaRequired,
    /// No such user.
    UserUnknown,
    /// The user is blocked.
    UserBlocked,
    /// The user has not connected an account of this connection.
    NotConnected,
    /// The provider refused to refresh the stored token.
    RefreshFailed,
    /// Too many requests.
    RateLimited,
    /// The authorization code is unknown, used, expired, or of another client or callback.
    CodeInvalid,
    /// The PKCE verifier does not fit the challenge.
    VerifierWrong,
    /// There is no API with this identifier.
    AudienceUnknown,
    /// The client may have no token for this API.
    AudienceRefused,
    /// Nobody has answered at the device's code yet.
    Pending,
    /// The client polls more often than it was told to.
    TooFast,
    /// The device code has run out; said once.
    DeviceCodeExpired,
    /// The device code is unknown, used, or of another client.
    DeviceCodeInvalid,
    /// The person said no at the device's code.
    PersonRefused,
    /// The refresh token is unknown, revoked, or of another client.
    RefreshTokenInvalid,
    /// The backchannel request lacks something, or has what it must not have.
    BackchannelMalformed,
    /// The backchannel request names a user who is not there.
    BackchannelUser,
    /// The person has not answered at the phone yet.
    BackchannelPending,
    /// The client polls for the phone's answer more often than it was told to.
    BackchannelTooFast,
    /// The person said no at the phone, or nobody answered in time.
    BackchannelRefused,
    /// Nobody answered at the phone in time, where the tenant says so.
    BackchannelExpired,
    /// `auth_req_id` is unknown, used, or of another client.
    BackchannelInvalid,
}

impl Refusal {
    /// Status and `error`, as documented where documented; otherwise the likeliest.
    #[must_use]
    pub const fn answer(self) -> (u16, &'static str) {
        match self {
            Self::ContentType
            | Self::ParameterMissing
            | Self::AuthenticationAmbiguous
            | Self::ClaimMissing => (400, "invalid_request"),
            Self::ClientUnknown
            | Self::AuthenticationMissing
            | Self::SecretWrong
            | Self::AssertionBad => (401, "invalid_client"),
            Self::GrantTypeUnknown => (403, "unsupported_grant_type"),
            Self::GrantNotEnabled | Self::ClientUnfit | Self::FeatureOff => {
                (403, "unauthorized_client")
            }
            Self::NoPrivilegedAccess
            | Self::IpRefused
            | Self::TokenType
            | Self::ConnectionNotGranted
            | Self::ScopeNotGranted
            | Self::CannotNarrow
            | Self::VaultNotEnabled => (403, "access_denied"),
            Self::SubjectMalformed
            | Self::SubjectTyp
            | Self::SubjectAlg
            | Self::SubjectKid
            | Self::SubjectSignature
            | Self::SubjectIssuer
            | Self::SubjectAudience
            | Self::SubjectTooOld
            | Self::SubjectFromFuture
            | Self::SubjectExpired
            | Self::SubjectNotYetValid
            | Self::SubjectReplayed
            | Self::AuditContext => (401, "invalid_grant"),
            Self::MfaRequired => (403, "mfa_required"),
            Self::UserUnknown | Self::UserBlocked | Self::NotConnected => {
                (401, "federated_connection_refresh_token_not_found")
            }
            Self::RefreshFailed => (401, "federated_connection_refresh_token_flow_failed"),
            Self::RateLimited => (429, "too_many_requests"),
            Self::CodeInvalid | Self::VerifierWrong | Self::DeviceCodeInvalid => {
                (403, "invalid_grant")
            }
            Self::AudienceUnknown | Self::AudienceRefused | Self::PersonRefused => {
                (403, "access_denied")
            }
            Self::RefreshTokenInvalid => (403, "invalid_grant"),
            Self::BackchannelMalformed => (400, "invalid_request"),
            Self::BackchannelUser => (400, "unknown_user_id"),
            Self::BackchannelPending => (400, "authorization_pending"),
            Self::BackchannelTooFast => (400, "slow_down"),
            Self::BackchannelRefused => (400, "access_denied"),
            Self::BackchannelExpired => (400, "expired_token"),
            Self::BackchannelInvalid => (401, "invalid_grant"),
            Self::Pending => (403, "authorization_pending"),
            Self::TooFast => (429, "slow_down"),
            Self::DeviceCodeExpired => (403, "expired_token"),
        }
    }
}

/// A refusal with the words that go with it.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) why: Refusal,
    pub(crate) description: String,
}

impl Refused {
    pub(crate) fn new(why: Refusal, description: impl Into<String>) -> Self {
        Self {
            why,
            description: description.into(),
        }
    }

    /// There is no such API.
    pub(crate) fn no_service(audience: &str) -> Self {
        Self::new(
            Refusal::AudienceUnknown,
            format!("Service not found: {audience}"),
        )
    }

    /// The answer on the wire, `code` being status and `error`.
    pub(crate) fn response(&self, code: (u16, &str), extra: bool) -> Response {
        let mut body = json!({"error": code.1, "error_description": self.description});
        if extra {
            body["request_trace"] = json!({"node": "eu-7", "hops": [1, 2]});
        }
        let status = StatusCode::from_u16(code.0).unwrap_or(StatusCode::BAD_REQUEST);
        (status, [("cache-control", "no-store")], axum::Json(body)).into_response()
    }
}
