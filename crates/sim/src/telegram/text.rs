//! Message text: length and entities, counted in UTF-16 units as the Bot API does, and its HTML style.

use serde_json::{Value, json};

/// Longest message, in UTF-16 units after the markup is taken out.
const TEXT_CAP: usize = 4096;

/// Entity types a sender may use.
const SENDABLE: [&str; 18] = [
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "custom_emoji",
];

/// A piece of formatted text, as the Bot API describes `MessageEntity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Such as `bold` or `text_link`.
    pub kind: String,
    /// Start in UTF-16 units.
    pub offset: usize,
    /// Length in UTF-16 units.
    pub length: usize,
    /// The address of a `text_link`.
    pub url: Option<String>,
}

impl Entity {
    pub(crate) fn json(&self) -> Value {
        let mut value = json!({"type": self.kind, "offset": self.offset, "length": self.length});
        if let Some(url) = &self.url {
            value["url"] = json!(url);
        }
        value
    }

    const fn end(&self) -> usize {
        self.offset + self.length
    }
}

/// Text that passed, with its entities in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    pub(crate) entities: Vec<Entity>,
}

/// UTF-16 length.
pub(crate) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Checks text with explicit entities, or parses `parse_mode`. The error is the Bot API's description after `Bad Request: `.
pub(crate) fn read(
    text: &str,
    parse_mode: Option<&str>,
    entities: Option<&Value>,
) -> Result<Formatted, String> {
    let formatted = match parse_mode.filter(|mode| !mode.is_empty()) {
        // As the real service does: a parse_mode makes it ignore the list.
        Some(mode) if mode.eq_ignore_ascii_case("html") => super::html::parse(text)?,
        Some(_) => return Err("unsupported parse_mode".to_owned()),
        None => Formatted {
            text: text.to_owned(),
            entities: explicit(text, entities)?,
        },
    };
    if formatted.text.trim().is_empty() {
        return Err("message text is empty".to_owned());
    }
    if utf16(&formatted.text) > TEXT_CAP {
        return Err("message is too long".to_owned());
    }
    Ok(formatted)
}

fn explicit(text: &str, entities: Option<&Value>) -> Result<Vec<Entity>, String> {
    let Some(entities) = entities.filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let list = entities
        .as_array()
        .ok_or("can't parse entities: expected an array")?;
    let mut read: Vec<Entity> = list
        .iter()
        .map(|value| one(text, value))
        .collect::<Result<_, _>>()?;
    read.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    no_partial_overlap(&read)?;
    Ok(read)
}

fn one(text: &str, value: &Value) -> Result<Entity, String> {
    let kind = value["type"]
        .as_str()
        .ok_or("can't parse entities: type is missing")?;
    if !SENDABLE.contains(&kind) {
        return Err(format!("can't parse entities: unsupported type \"{kind}\""));
    }
    let number = |name: &str| {
        value[name]
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
    };
    let (Some(offset), Some(length)) = (number("offset"), number("length")) else {
        return Err(
            "can't parse entities: offset and length must be numbers of at least 0".to_owned(),
        );
    };
    let end = offset
        .checked_add(length)
        .filter(|end| length > 0 && *end <= utf16(text));
    let Some(end) = end else {
        return Err("ENTITY_BOUNDS_INVALID: an entity is empty or outside the text".to_owned());
    };
    if !on_boundary(text, offset) || !on_boundary(text, end) {
        return Err("ENTITY_BOUNDS_INVALID: an entity cuts a character in two".to_owned());
    }
    let url = value["url"].as_str().map(ToOwned::to_owned);
    if kind == "text_link" && !url.as_deref().is_some_and(linkable) {
        return Err("can't parse entities: text_link needs an http or https url".to_owned());
    }
    Ok(Entity {
        kind: kind.to_owned(),
        offset,
        length,
        url,
    })
}

pub(crate) fn linkable(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "tg"))
}

/// True when a UTF-16 offset does not stand inside a surrogate pair.
fn on_boundary(text: &str, offset: usize) -> bool {
    let mut at = 0;
    for character in text.chars() {
        if at >= offset {
            break;
        }
        at += character.len_utf16();
    }
    at == offset
}

fn no_partial_overlap(sorted: &[Entity]) -> Result<(), String> {
    for (index, outer) in sorted.iter().enumerate() {
        for inner in sorted
            .iter()
            .skip(index + 1)
            .take_while(|inner| inner.offset < outer.end())
        {
            if inner.end() > outer.end() {
                return Err("ENTITY_BOUNDS_INVALID: entities overlap in part".to_owned());
            }
            if matches!(outer.kind.as_str(), "code" | "pre")
                || matches!(inner.kind.as_str(), "code" | "pre")
            {
                return Err("can't parse entities: code and pre stand alone".to_owned());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, entities: Value) -> Result<Formatted, String> {
        read(text, None, Some(&entities))
    }

    #[test]
    fn the_cap_counts_utf16_units() {
        assert!(read(&"x".repeat(4096), None, None).is_ok());
        assert_eq!(
            read(&"x".repeat(4097), None, None),
            Err("message is too long".to_owned())
        );
        assert!(read(&"🦀".repeat(2048), None, None).is_ok());
        assert!(read(&"🦀".repeat(2049), None, None).is_err());
        assert_eq!(
            read(" \n", None, None),
            Err("message text is empty".to_owned())
        );
    }

    #[test]
    fn entities_stay_inside_and_never_cut_a_character() {
        let bold = |offset: usize, length: usize| json!([{"type": "bold", "offset": offset, "length": length}]);
        assert!(check("a🦀b", bold(1, 2)).is_ok());
        assert!(check("a🦀b", bold(3, 1)).is_ok());
        for (offset, length) in [(1, 1), (2, 1), (2, 2), (3, 2), (0, 0), (9, 1)] {
            assert!(
                check("a🦀b", bold(offset, length)).is_err(),
                "{offset} {length}"
            );
        }
        assert!(
            check(
                "abc",
                json!([{"type": "sparkle", "offset": 0, "length": 1}])
            )
            .is_err()
        );
        assert!(check("abc", json!([{"type": "bold", "offset": -1, "length": 1}])).is_err());
        assert!(check("abc", json!({"type": "bold"})).is_err());
    }

    #[test]
    fn entities_nest_but_do_not_overlap_in_part() {
        let two = |kind: &str, first: (usize, usize), second: (usize, usize)| {
            json!([{"type": kind, "offset": first.0, "length": first.1},
                   {"type": "italic", "offset": second.0, "length": second.1}])
        };
        assert!(check("abcdef", two("bold", (0, 6), (2, 2))).is_ok());
        assert!(check("abcdef", two("bold", (0, 3), (3, 3))).is_ok());
        assert!(check("abcdef", two("bold", (0, 3), (2, 3))).is_err());
        assert!(check("abcdef", two("code", (0, 6), (2, 2))).is_err());
    }

    #[test]
    fn a_link_needs_an_address() {
        let link = |url: &str| json!([{"type": "text_link", "offset": 0, "length": 1, "url": url}]);
        assert!(check("abc", link("https://example.org/")).is_ok());
        assert!(check("abc", link("javascript:alert(1)")).is_err());
        assert!(
            check(
                "abc",
                json!([{"type": "text_link", "offset": 0, "length": 1}])
            )
            .is_err()
        );
    }
}
