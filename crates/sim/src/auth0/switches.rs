//! Ways in which the tenant departs from its strict default, all by name.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::refusal::Refusal;

/// How `expires_in` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiresIn {
    /// The remaining seconds; left out for a token that does not expire.
    #[default]
    True,
    /// Left out.
    Absent,
    /// This number, true or not.
    Fixed(i64),
    /// This text, which is not a number.
    Text(&'static str),
}

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdToken {
    /// Nothing.
    #[default]
    Right,
    /// It speaks of another user.
    OtherSubject,
    /// It was issued to another client.
    OtherAudience,
    /// It was issued by another tenant.
    OtherIssuer,
    /// It has expired already.
    Expired,
    /// It names a published key that did not sign it.
    Forged,
    /// It is signed by a key that nobody published.
    UnknownKey,
    /// There is none.
    Absent,
}

/// Ways in which the tenant departs from the strict default.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    /// Does not enforce `jti`, `audit_context`, `ip_allowlist` and `grants`, as the real service may not on every tenant.
    pub lenient: bool,
    /// How `expires_in` is answered.
    pub expires_in: ExpiresIn,
    /// Leaves `scope` out.
    pub drop_scope: bool,
    /// Separates scopes by commas, as GitHub writes them.
    pub comma_scopes: bool,
    /// Answers this `issued_token_type` instead of the requested one.
    pub issued_token_type: Option<String>,
    /// Refuses every token request with 429 until this time, Unix milliseconds.
    pub rate_limited_until_ms: Option<i64>,
    /// How many more refreshes the provider refuses; `u32::MAX` for ever.
    pub refresh_failures: u32,
    /// Adds fields that are not documented.
    pub unknown_fields: bool,
    /// The tenant's multi-factor policy is *Always*.
    pub mfa_always: bool,
    /// The privileged worker exchange is not switched on for the tenant.
    pub feature_off: bool,
    /// Accounts whose provider gave no refresh token are treated as not connected.
    pub refuse_without_refresh_token: bool,
    /// How many seconds in the future `iat` may lie. Undocumented for subject tokens.
    pub skew_s: i64,
    /// The person in the browser says no at the next login or connection.
    pub consent_denied: bool,
    /// Other status and `error` for a refusal than the default of [`Refusal::answer`].
    pub answers: BTreeMap<Refusal, (u16, &'static str)>,
    /// The address that the tenant takes every caller for, instead of the real one.
    pub peer_address: Option<IpAddr>,
    /// With [`Switches::feature_off`]: the Management API stores the setting all the same, and only the exchange refuses.
    pub feature_off_is_silent: bool,
    /// The plan has no `private_key_jwt`: the Management API refuses to set it.
    pub no_private_key_jwt: bool,
    /// One credential may not stand in the privileged slot and in `private_key_jwt` at once. Undocumented either way.
    pub one_slot_per_credential: bool,
    /// How many Management API requests a second are answered; none for any number. Self-service plans have 2.
    pub management_per_second: Option<u32>,
    /// A client grant that asks for `subject_type` *user* is stored as *client*, without a word.
    pub user_grants_become_client: bool,
    /// The My Account API can be activated in the dashboard only, not by `POST /resource-servers`.
    pub my_account_by_dashboard_only: bool,
    /// At the device flow, only these scopes are granted of those asked for.
    pub granted_scopes: Option<Vec<String>>,
    /// A log entry can be read that many seconds after the event.
    pub log_delay_s: i64,
    /// Before it goes back to a loopback address, the login shows a page that asks whether that is meant.
    pub confirm_loopback: bool,
    /// Refuses every request to the My Account API with 429 until this time, Unix milliseconds.
    pub account_limited_until_ms: Option<i64>,
    /// Connected accounts are not provisioned: nothing can be connected, and the answer is that of an unknown connection.
    pub no_connected_accounts: bool,
    /// The connect flow comes back with its code in the fragment, as one of Auth0's pages says; every SDK reads the query.
    pub connect_code_in_fragment: bool,
    /// The My Account API wants a second factor, which a refresh token cannot give.
    pub account_needs_second_factor: bool,
    /// When users are linked, what the vault kept for the second goes to the first, instead of being lost. Undocumented either
    /// way.
    pub linking_keeps_accounts: bool,
    /// A user who is blocked is served all the same. Undocumented either way.
    pub blocked_users_are_served: bool,
    /// Login and consent show a page on which a person chooses, instead of being agreed to at once.
    pub ask_in_browser: bool,
    /// What is wrong with every ID token.
    pub id_token: IdToken,
    /// The tenant has no CIBA: discovery does not name it, and nobody may use it.
    pub no_ciba: bool,
    /// How many CIBA requests a minute one user may get; none for any number. Documented: 5.
    pub ciba_per_minute: Option<usize>,
    /// No e-mail channel, and `requested_expiry` up to 300 seconds only, as one of Auth0's pages says.
    pub ciba_by_push_only: bool,
    /// An expired request is answered by `expired_token`, the standard's name, and not like a denied one.
    pub ciba_says_expired: bool,
    /// The `Retry-After` of `slow_down`, seconds, where it is not the new interval.
    pub ciba_retry_after_s: Option<i64>,
    /// The phone shows only the latest request.
    pub one_push_visible: bool,
}
