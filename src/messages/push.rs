//! What the owner reads in his chat about a question on his phone: the code to compare, and why it cannot be asked.

use std::time::Duration;

use vault::telegram::RichText;

use super::{cut, span};

/// The phone asks. `again`: it asked before, with another code.
#[must_use]
pub fn asked(code: &str, words: &str, valid_for: Duration, again: bool) -> RichText {
    let text = RichText::new()
        .bold("🔐 Your phone asks.")
        .plain(" The code is ")
        .code(code)
        .plain("\n")
        .code(&cut(words, 200))
        .plain(&format!(
            "\nSay yes there only if it shows this code. It asks for {}; no answer means no.",
            span(valid_for)
        ));
    if again {
        return text.plain(" An earlier code counts no more.");
    }
    text
}

/// The phone cannot be asked, or not be heard.
#[must_use]
pub fn down(words: &str, why: &str) -> RichText {
    RichText::new()
        .bold("⏳ I cannot ask your phone just now.")
        .plain("\nAbout: ")
        .code(&cut(words, 200))
        .plain("\nWhy: ")
        .code(&cut(why, 500))
        .plain("\nThe question stays, and I ask as soon as I can. A no counts here, too.")
}

/// Nothing comes of it, because the phone was not asked or not heard.
#[must_use]
pub fn failed(words: &str, why: &str) -> RichText {
    RichText::new()
        .bold("⛔ Not done: it takes your yes by push.")
        .plain("\nAbout: ")
        .code(&cut(words, 200))
        .plain("\nWhy: ")
        .code(&cut(why, 500))
}

/// A yes came that must not be believed.
#[must_use]
pub fn not_believed(words: &str, why: &str) -> RichText {
    RichText::new()
        .bold("⛔ A yes by push came that I do not believe. Nothing was done.")
        .plain("\nAbout: ")
        .code(&cut(words, 200))
        .plain("\nWhy: ")
        .code(&cut(why, 500))
        .plain("\nRemedy: see who may change your tenant and who is enrolled in it, then ")
        .code("bountyd journal")
        .plain(".")
}
