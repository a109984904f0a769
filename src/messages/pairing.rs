//! What is said in the chat while it is set up.

use vault::telegram::RichText;

/// What pops up when the sample was tapped.
pub const TAP_ARRIVED: &str = "Your tap arrived.";

/// What pops up when the owner taps while the machine pairs.
pub const NOT_HEARD: &str = "Not taken: the machine is pairing. Tap again once bountyd runs.";

/// The code was right.
#[must_use]
pub fn paired() -> RichText {
    RichText::new().bold("Paired").plain(
        "\nThis chat is now where I ask you. Nobody else can answer for you, in no other chat.",
    )
}

/// Somebody pressed Start.
#[must_use]
pub fn send_the_code() -> RichText {
    RichText::new().plain("Send me the code that the machine shows.")
}

/// Somebody was refused; `left` is how many tries there are.
#[must_use]
pub fn refused(why: &str, left: Option<u32>) -> RichText {
    let mut words = RichText::new().plain(&format!("No: {why}."));
    if let Some(left) = left {
        let tries = match left {
            0 => " There are no tries left; start again on the machine.".to_owned(),
            1 => " One more try.".to_owned(),
            left => format!(" {left} more tries."),
        };
        words = words.plain(&tries);
    }
    words
}

/// A question that is none.
#[must_use]
pub fn sample() -> RichText {
    RichText::new().bold("A sample question").plain(
        "\nThis is what a question looks like, without a bounty behind it. Real ones say here what it is \
         worth and how sure that is, who else is at it, what speaks against it, and the exact words that a \
         yes posts.\n\nTap one of the buttons. Nothing will be done.",
    )
}

/// The sample is over; `approve` is what was tapped.
#[must_use]
pub fn sample_ended(approve: Option<bool>) -> RichText {
    let words = match approve {
        Some(true) => "You tapped ✅ Approve, and it arrived. Nothing was done: it was a sample.",
        Some(false) => "You tapped ❌ Deny, and it arrived. It was a sample.",
        None => "This was a sample question. Nobody waits for a tap any more.",
    };
    RichText::new()
        .bold("A sample question")
        .line()
        .plain(words)
}
