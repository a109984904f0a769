//! The trust boundary of bountyd: the only code that sees the private key, a provider token or
//! the bot token.
//!
//! It hands out *wires*, never secrets. [`Vault::github_wire`] is a tower service that
//! authenticates each request itself, for one origin and a list of verbs and path templates;
//! [`Vault::telegram`] is a handle with typed verbs. Nothing here knows what a bounty is.
//!
//! # Layout
//!
//! * `secret`, `keys` – where secrets come from, and what makes a key fit for use
//! * `prompt`, `credential_store` – a secret from the owner's hand, and the file it is put into
//! * `assertion`, `exchange`, `classify`, `lifetime`, `cell` – signed request, token, how long it lives
//! * `journal`, `failure`, `status` – what others may know about it
//! * `scope`, `graphql`, `wire` – what may be said to GitHub, and the saying
//! * `telegram` – the Bot API behind typed verbs
//! * `needles`, `watch` – secrets looked for in what is about to leave
//! * `ciba` – the owner asked by a push to his phone; a yes is an ID token that is judged here
//! * `connect` – the owner's one-time consent in a browser
//! * `tenant` – the Management API, for the operator who sets the tenant up
//! * `discovery` – what stands at the tenant's address, asked without any proof
//! * `egress` – the second mode: a sandboxed agent's way to the model, with the model's key alone
//!
//! # What cannot be done from outside
//!
//! A token is no public type, so it cannot be named, cloned, printed or stored:
//!
//! ```compile_fail,E0603
//! use vault::token::Token;
//! ```
//!
//! Keys neither:
//!
//! ```compile_fail,E0603
//! use vault::keys::signer::Signer;
//! ```
//!
//! A vault has no getter for either:
//!
//! ```compile_fail,E0599
//! fn steal(vault: &vault::Vault) -> String { vault.token() }
//! ```
//!
//! ```compile_fail,E0616
//! fn steal(vault: &vault::Vault) { let _ = &vault.inner; }
//! ```
//!
//! nor has a wire:
//!
//! ```compile_fail,E0616
//! fn steal(wire: &vault::GithubWire) { let _ = &wire.cell; }
//! ```
//!
//! nor the bot handle:
//!
//! ```compile_fail,E0616
//! fn steal(bot: &vault::telegram::Telegram) { let _ = &bot.bot; }
//! ```
//!
//! None of them can be serialised:
//!
//! ```compile_fail,E0277
//! fn dump<T: serde::Serialize>() {}
//! dump::<vault::Vault>();
//! ```
//!
//! ```compile_fail,E0277
//! fn dump<T: serde::Serialize>() {}
//! dump::<vault::GithubWire>();
//! ```

mod assertion;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod brake;
mod cell;
pub mod ciba;
mod classify;
pub mod connect;
pub mod credential_store;
pub mod discovery;
pub mod egress;
mod exchange;
mod failure;
mod graphql;
mod harden;
mod http_client;
mod journal;
pub mod keys;
mod lifetime;
mod mutation;
mod needles;
pub mod prompt;
mod redact;
mod scope;
mod secret;
mod settings;
mod status;
pub mod telegram;
pub mod tenant;
mod token;
mod trust;
mod vault;
mod watch;
mod wire;

pub use crate::brake::{Brake, EMERGENCY_STOP};
pub use crate::connect::{
    AccountSession, ConnectError, ConnectOptions, Connected, Opener, Page, Pasted, connect, sign_in,
};
pub use crate::discovery::{Discovery, DiscoveryError, discover};
pub use crate::failure::{Failure, FailureClass};
pub use crate::harden::harden;
pub use crate::http_client::LONGEST_REQUEST;
pub use crate::journal::{
    ExchangeFacts, ExchangeIntent, ExchangeJournal, JournalRefused, TokenKind,
};
pub use crate::keys::{
    KeyError, PublicKey, generate_key, generate_key_like, generate_sealed_key, public_key,
};
pub use crate::mutation::Mutation;
pub use crate::prompt::{EnteredSecret, PromptError};
pub use crate::scope::{Allow, Capability, WireScope};
pub use crate::secret::{SecretError, SecretSource};
pub use crate::settings::{ClientAuthentication, OpenError, Settings};
pub use crate::status::{FailureNote, TokenStatus, VaultStatus};
pub use crate::telegram::{Telegram, check_bot_token};
pub use crate::vault::{NewKeys, Vault};
pub use crate::wire::{GithubWire, WireError};

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use serde::Serialize;

    use crate::keys::signer::Signer;
    use crate::token::Token;

    /// Stops compiling as soon as `$secret` implements `$trait`: the call becomes ambiguous.
    macro_rules! must_not_implement {
        ($($secret:ty: $($unwanted:path),+;)+) => {$($({
            trait Ambiguous<Marker> {
                fn unambiguous() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $unwanted> Ambiguous<u8> for T {}
            <$secret as Ambiguous<_>>::unambiguous();
        })+)+};
    }

    #[test]
    fn secrets_are_neither_copied_nor_shown() {
        must_not_implement! {
            Token: Clone, Debug, Display, Serialize, AsRef<str>, AsRef<[u8]>;
            Signer: Clone, Display, Serialize, AsRef<[u8]>;
            crate::EnteredSecret: Clone, Debug, Display, Serialize, AsRef<str>, AsRef<[u8]>;
            crate::tenant::OperatorToken: Clone, Display, Serialize, AsRef<str>, AsRef<[u8]>;
            crate::tenant::Management: Clone, Display, Serialize;
            crate::tenant::DeviceCode: Clone, Display, Serialize;
            crate::needles::Needles: Clone, Debug, Display, Serialize;
            crate::watch::Watch: Clone, Debug, Display, Serialize;
            crate::AccountSession<'static>: Clone, Debug, Display, Serialize, AsRef<str>, AsRef<[u8]>;
            crate::ciba::Ciba: Clone, Debug, Display, Serialize;
            crate::NewKeys: Clone, Debug, Display, Serialize;
            crate::Vault: Display, Serialize;
            crate::GithubWire: Display, Serialize;
            crate::Telegram: Display, Serialize;
        }
    }
}
