//! The trust boundary of bountyd: the only code that sees the private key, a provider token or
//! the bot token.
//!
//! It hands out *wires*, never secrets. [`Vault::github_wire`] is a tower service that
//! authenticates each request itself, for one origin and a list of verbs and path templates;
//! [`Vault::telegram`] is a handle with five verbs. Nothing here knows what a bounty is.
//!
//! # Layout
//!
//! * `secret`, `keys` – where secrets come from, and what makes a key fit for use
//! * `assertion`, `exchange`, `classify`, `lifetime`, `cell` – signed request, token, how long it lives
//! * `journal`, `failure`, `status` – what others may know about it
//! * `scope`, `graphql`, `wire` – what may be said to GitHub, and the saying
//! * `telegram` – the Bot API behind typed verbs
//! * `needles`, `watch` – secrets looked for in what is about to leave
//! * `connect` – the owner's one-time consent in a browser
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
mod cell;
mod classify;
pub mod connect;
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
mod redact;
mod scope;
mod secret;
mod settings;
mod status;
pub mod telegram;
mod token;
mod vault;
mod watch;
mod wire;

pub use crate::connect::{ConnectError, ConnectOptions, Connected, Opener, Page, connect};
pub use crate::failure::{Failure, FailureClass};
pub use crate::harden::harden;
pub use crate::http_client::LONGEST_REQUEST;
pub use crate::journal::{
    ExchangeFacts, ExchangeIntent, ExchangeJournal, JournalRefused, TokenKind,
};
pub use crate::keys::{KeyError, PublicKey, generate_key, public_key};
pub use crate::mutation::Mutation;
pub use crate::scope::{Allow, Capability, WireScope};
pub use crate::secret::{SecretError, SecretSource};
pub use crate::settings::{ClientAuthentication, OpenError, Settings};
pub use crate::status::{FailureNote, TokenStatus, VaultStatus};
pub use crate::telegram::{Telegram, check_bot_token};
pub use crate::vault::Vault;
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
            crate::needles::Needles: Clone, Debug, Display, Serialize;
            crate::watch::Watch: Clone, Debug, Display, Serialize;
            crate::Vault: Display, Serialize;
            crate::GithubWire: Display, Serialize;
            crate::Telegram: Display, Serialize;
        }
    }
}
