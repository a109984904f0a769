//! Messages as text plus marks. There is no parse mode: what a stranger wrote stays text whatever
//! it looks like.

use serde::{Deserialize, Serialize};
use teloxide::types::{MessageEntity, MessageEntityKind};
use url::Url;

/// Telegram's cap on a message, in UTF-16 units (Bot API, sendMessage).
const LONGEST: usize = 4096;

/// A message under construction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RichText {
    text: String,
    units: usize,
    entities: Vec<Entity>,
    full: bool,
}

/// How a stretch of the text looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// How.
    pub kind: EntityKind,
    /// Where it starts, in UTF-16 units.
    pub offset: usize,
    /// How long it is, in UTF-16 units.
    pub length: usize,
}

/// The looks in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// Heavy.
    Bold,
    /// Monospaced, within a line.
    Code,
    /// Monospaced, of its own.
    Pre,
    /// Leads to an address.
    Link(Url),
}

impl RichText {
    /// An empty message.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text as it is.
    #[must_use]
    pub fn plain(mut self, text: &str) -> Self {
        self.push(text, None);
        self
    }

    /// Adds heavy text.
    #[must_use]
    pub fn bold(mut self, text: &str) -> Self {
        self.push(text, Some(EntityKind::Bold));
        self
    }

    /// Adds monospaced text.
    #[must_use]
    pub fn code(mut self, text: &str) -> Self {
        self.push(text, Some(EntityKind::Code));
        self
    }

    /// Adds a monospaced block.
    #[must_use]
    pub fn pre(mut self, text: &str) -> Self {
        self.push(text, Some(EntityKind::Pre));
        self
    }

    /// Adds text that leads to `url`.
    #[must_use]
    pub fn link(mut self, label: &str, url: &Url) -> Self {
        self.push(label, Some(EntityKind::Link(url.clone())));
        self
    }

    /// Ends the line.
    #[must_use]
    pub fn line(self) -> Self {
        self.plain("\n")
    }

    /// Adds all of another message after this one, marks included.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        let mut marks = other.entities.iter().peekable();
        let mut piece = String::new();
        let (mut at, mut kind, mut until) = (0, None, usize::MAX);
        for c in other.text.chars() {
            if at >= until {
                self.push(&std::mem::take(&mut piece), kind.take());
                until = usize::MAX;
            }
            if let Some(mark) = marks.next_if(|mark| mark.offset <= at) {
                self.push(&std::mem::take(&mut piece), kind.take());
                kind = Some(mark.kind.clone());
                until = mark.offset + mark.length;
            }
            piece.push(c);
            at += c.len_utf16();
        }
        self.push(&piece, kind);
        self
    }

    /// How much more fits, in UTF-16 units.
    #[must_use]
    pub fn room(&self) -> usize {
        LONGEST.saturating_sub(self.units)
    }

    /// The text without its marks.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The marks, in order.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Appends as much as fits; what does not is replaced by "…", once.
    fn push(&mut self, text: &str, kind: Option<EntityKind>) {
        if self.full {
            return;
        }
        let offset = self.units;
        for c in text.chars() {
            if self.units + c.len_utf16() > LONGEST {
                self.full = true;
                break;
            }
            self.text.push(c);
            self.units += c.len_utf16();
        }
        if self.full {
            // Room for the ellipsis, which takes one unit.
            while self.units + 1 > LONGEST {
                let Some(last) = self.text.pop() else { break };
                self.units -= last.len_utf16();
            }
            self.text.push('…');
            self.units += 1;
            for entity in &mut self.entities {
                entity.length = entity.length.min(self.units.saturating_sub(entity.offset));
            }
            self.entities.retain(|entity| entity.length > 0);
        }
        if let Some(kind) = kind
            && self.units > offset
        {
            self.entities.push(Entity {
                kind,
                offset,
                length: self.units - offset,
            });
        }
    }

    pub(crate) fn to_wire(&self) -> Vec<MessageEntity> {
        self.entities
            .iter()
            .map(|entity| MessageEntity {
                kind: match &entity.kind {
                    EntityKind::Bold => MessageEntityKind::Bold,
                    EntityKind::Code => MessageEntityKind::Code,
                    EntityKind::Pre => MessageEntityKind::Pre { language: None },
                    EntityKind::Link(url) => MessageEntityKind::TextLink { url: url.clone() },
                },
                offset: entity.offset,
                length: entity.length,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn offsets_count_utf16_units() {
        let url: Url = "https://example.org/".parse().expect("url");
        let text = RichText::new()
            .plain("🦀 ")
            .bold("ä")
            .line()
            .link("<b>x</b>", &url);
        assert_eq!(text.text(), "🦀 ä\n<b>x</b>");
        let marks: Vec<_> = text
            .entities()
            .iter()
            .map(|e| (e.offset, e.length))
            .collect();
        assert_eq!(marks, [(3, 1), (5, 8)]);
    }

    #[test]
    fn too_long_is_cut_once() {
        let text = RichText::new()
            .bold(&"x".repeat(4090))
            .code("123456789")
            .plain("more");
        assert_eq!(text.text().encode_utf16().count(), 4096);
        assert!(text.text().ends_with("12345…"));
        assert_eq!(
            text.entities().last().map(|e| (e.offset, e.length)),
            Some((4090, 6))
        );
        let exact = RichText::new().plain(&"x".repeat(4096));
        assert!(exact.text().ends_with('x'));
        assert!(exact.plain("y").text().ends_with("x…"));
    }

    proptest! {
        #[test]
        fn never_beyond_the_cap_and_marks_stay_inside(parts in proptest::collection::vec(("\\PC{0,700}", 0..3u8), 0..12)) {
            let mut text = RichText::new();
            for (part, kind) in &parts {
                text = match kind {
                    0 => text.plain(part),
                    1 => text.bold(part),
                    _ => text.code(part),
                };
            }
            let units = text.text().encode_utf16().count();
            prop_assert!(units <= 4096);
            for mark in text.entities() {
                prop_assert!(mark.length > 0 && mark.offset + mark.length <= units);
            }
        }
    }
}
