//! Whether a message is the owner's code. Pure.

use vault::telegram::IncomingMessage;

use super::Paired;

/// Why a message pairs nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is something else.
    #[error("this is not the code that the machine shows")]
    WrongCode,
    /// Others read along.
    #[error(
        "this is a group or channel; open the private chat with the bot and send the code there"
    )]
    Group,
    /// Somebody else's words.
    #[error("this was forwarded; type the code yourself")]
    Forwarded,
    /// A channel, an anonymous administrator.
    #[error("this names no sender; write as yourself")]
    NoSender,
    /// A program.
    #[error("this comes from a bot")]
    Bot,
    /// Not who the configuration names.
    #[error("this is another person than the owner in the configuration")]
    OtherPerson,
    /// The chat's number is not the person's, as it is in every private chat.
    #[error("this chat is not the private chat with its sender")]
    OddChat,
}

impl Refusal {
    /// Whether it could have been somebody who tries codes.
    #[must_use]
    pub fn is_a_guess(self) -> bool {
        self == Self::WrongCode
    }
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The code, from the person who pairs.
    Owner(Paired),
    /// No code: what Telegram sends when somebody presses Start.
    Hello,
    /// No.
    Refused(Refusal),
    /// No, although it is the code: it has been where it does not belong, and counts no more.
    Burned(Refusal),
}

/// Judges `message` while `code` is shown on the machine; `owner` is the one whom the configuration
/// names, if it does.
#[must_use]
pub fn judge(message: &IncomingMessage, code: &str, owner: Option<u64>) -> Verdict {
    let said = message.text.as_deref().unwrap_or_default().trim();
    let argument = said.strip_prefix("/start").unwrap_or(said);
    let right = !code.is_empty() && bare(argument) == bare(code);
    let wrong_way = wrong_way(message, owner);
    match (right, wrong_way, message.from) {
        (true, None, Some(user_id)) => Verdict::Owner(Paired {
            user_id,
            chat_id: message.chat_id,
        }),
        (true, why, _) => Verdict::Burned(why.unwrap_or(Refusal::NoSender)),
        (false, Some(why), _) => Verdict::Refused(why),
        (false, None, _) if said == "/start" => Verdict::Hello,
        (false, None, _) => Verdict::Refused(Refusal::WrongCode),
    }
}

/// What is wrong with how it came, whatever it says.
fn wrong_way(message: &IncomingMessage, owner: Option<u64>) -> Option<Refusal> {
    if !message.private {
        return Some(Refusal::Group);
    }
    if message.forwarded {
        return Some(Refusal::Forwarded);
    }
    if message.from_is_bot {
        return Some(Refusal::Bot);
    }
    let Some(from) = message.from else {
        return Some(Refusal::NoSender);
    };
    if owner.is_some_and(|owner| owner != from) {
        return Some(Refusal::OtherPerson);
    }
    (i64::try_from(from) != Ok(message.chat_id)).then_some(Refusal::OddChat)
}

/// As a person types it: in either case, with the dash or without.
fn bare(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::UnixMillis;

    const CODE: &str = "ABCD-EFGH";

    fn message(text: &str) -> IncomingMessage {
        IncomingMessage {
            message_id: 1,
            chat_id: 42,
            private: true,
            from: Some(42),
            from_is_bot: false,
            text: Some(text.to_owned()),
            forwarded: false,
            date: UnixMillis(0),
        }
    }

    const PAIRED: Verdict = Verdict::Owner(Paired {
        user_id: 42,
        chat_id: 42,
    });

    #[test]
    fn the_code_pairs_however_it_is_typed() {
        for text in ["ABCD-EFGH", "abcdefgh", " abcd efgh \n", "/start ABCD-EFGH"] {
            assert_eq!(judge(&message(text), CODE, None), PAIRED, "{text}");
            assert_eq!(judge(&message(text), CODE, Some(42)), PAIRED, "{text}");
        }
        assert_eq!(judge(&message("/start"), CODE, None), Verdict::Hello);
        for text in ["ABCD-EFGX", "", "ABCD", "/startABCD-EFG", "hello"] {
            let refused = Verdict::Refused(Refusal::WrongCode);
            assert_eq!(judge(&message(text), CODE, None), refused, "{text}");
        }
    }

    #[test]
    fn the_code_from_elsewhere_is_burned_and_anything_else_refused() {
        let change = |change: fn(&mut IncomingMessage)| {
            let (mut right, mut wrong) = (message(CODE), message("hello"));
            change(&mut right);
            change(&mut wrong);
            (judge(&right, CODE, Some(42)), judge(&wrong, CODE, Some(42)))
        };
        for (got, why) in [
            (change(|m| m.private = false), Refusal::Group),
            (change(|m| m.forwarded = true), Refusal::Forwarded),
            (change(|m| m.from = None), Refusal::NoSender),
            (change(|m| m.from_is_bot = true), Refusal::Bot),
            (
                change(|m| (m.from, m.chat_id) = (Some(7), 7)),
                Refusal::OtherPerson,
            ),
            (change(|m| m.chat_id = -9), Refusal::OddChat),
        ] {
            assert_eq!(got, (Verdict::Burned(why), Verdict::Refused(why)));
        }
    }

    proptest! {
        #[test]
        fn nothing_but_the_code_pairs(text in "\\PC{0,20}", code in "[A-Z]{8}") {
            prop_assume!(bare(&text) != code && bare(text.trim().trim_start_matches("/start")) != code);
            let verdict = judge(&message(&text), &code, None);
            prop_assert!(!matches!(verdict, Verdict::Owner(_)));
        }
    }
}
