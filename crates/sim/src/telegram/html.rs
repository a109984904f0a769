//! `parse_mode=HTML`, strict: what the Bot API does not list is refused.

use super::text::{Entity, Formatted, linkable, utf16};

struct Open {
    tag: String,
    kind: Option<String>,
    url: Option<String>,
    offset: usize,
}

/// Parses HTML style text. The error is the Bot API's description after `Bad Request: `.
pub(crate) fn parse(source: &str) -> Result<Formatted, String> {
    let fail = |what: &str, at: usize| format!("can't parse entities: {what} at byte offset {at}");
    let mut text = String::new();
    let mut entities = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((character, length)) = character_reference(rest) {
            text.push(character);
            at += length;
        } else if let Some(inside) = rest.strip_prefix('<') {
            let Some(end) = inside.find('>') else {
                return Err(fail("Unclosed start tag", at));
            };
            let tag = &inside[..end];
            if let Some(name) = tag.strip_prefix('/') {
                close(name.trim(), &mut open, &mut entities, utf16(&text))
                    .map_err(|what| fail(&what, at))?;
            } else {
                open.push(start(tag, utf16(&text)).map_err(|what| fail(&what, at))?);
            }
            at += end + 2;
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            text.push_str(&rest[..length]);
            at += length;
        }
    }
    if let Some(left) = open.pop() {
        return Err(format!(
            "can't parse entities: Can't find end tag corresponding to start tag \"{}\"",
            left.tag
        ));
    }
    entities.sort_by_key(|entity: &Entity| (entity.offset, usize::MAX - entity.length));
    Ok(Formatted { text, entities })
}

/// The four named references of the Bot API and numeric ones; anything else stays as it is.
fn character_reference(rest: &str) -> Option<(char, usize)> {
    let body = rest.strip_prefix('&')?;
    let end = body.find(';').filter(|end| *end <= 8)?;
    let character = match &body[..end] {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        name => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?).filter(|character| *character != '\0')?
        }
    };
    Some((character, end + 2))
}

fn start(tag: &str, offset: usize) -> Result<Open, String> {
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let name = name.to_ascii_lowercase();
    let attribute = |wanted: &str| -> Option<String> {
        let (_, after) = attributes.split_once(&format!("{wanted}="))?;
        let quote = after
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))?;
        after[1..]
            .split_once(quote)
            .map(|(value, _)| value.replace("&amp;", "&"))
    };
    let mut url = None;
    let kind = match name.as_str() {
        "b" | "strong" => Some("bold"),
        "i" | "em" => Some("italic"),
        "u" | "ins" => Some("underline"),
        "s" | "strike" | "del" => Some("strikethrough"),
        "tg-spoiler" => Some("spoiler"),
        "span" if attribute("class").as_deref() == Some("tg-spoiler") => Some("spoiler"),
        "code" => Some("code"),
        "pre" => Some("pre"),
        "blockquote" if attributes.trim() == "expandable" => Some("expandable_blockquote"),
        "blockquote" => Some("blockquote"),
        "a" => {
            url = attribute("href").filter(|href| linkable(href));
            url.is_some().then_some("text_link")
        }
        _ => return Err(format!("Unsupported start tag \"{name}\"")),
    };
    Ok(Open {
        tag: name,
        kind: kind.map(ToOwned::to_owned),
        url,
        offset,
    })
}

fn close(
    name: &str,
    open: &mut Vec<Open>,
    entities: &mut Vec<Entity>,
    end: usize,
) -> Result<(), String> {
    let Some(last) = open.pop() else {
        return Err("Unexpected end tag".to_owned());
    };
    if !name.is_empty() && !name.eq_ignore_ascii_case(&last.tag) {
        return Err(format!(
            "Unmatched end tag, expected \"</{}>\", found \"</{name}>\"",
            last.tag
        ));
    }
    if let Some(kind) = last.kind.filter(|_| end > last.offset) {
        entities.push(Entity {
            kind,
            offset: last.offset,
            length: end - last.offset,
            url: last.url,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_tags_become_entities_in_utf16() {
        let parsed = parse(
            "🦀 <b>bold <i>both</i></b> &lt;x&gt; <a href=\"https://example.org/?a=1&amp;b=2\">link</a>",
        );
        let parsed = parsed.expect("valid");
        assert_eq!(parsed.text, "🦀 bold both <x> link");
        let seen: Vec<_> = parsed
            .entities
            .iter()
            .map(|e| (e.kind.as_str(), e.offset, e.length))
            .collect();
        assert_eq!(
            seen,
            [("bold", 3, 9), ("italic", 8, 4), ("text_link", 17, 4)]
        );
        assert_eq!(
            parsed.entities[2].url.as_deref(),
            Some("https://example.org/?a=1&b=2")
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for source in [
            "a < b",
            "<script>x</script>",
            "<b>open",
            "close</b>",
            "<b>wrong</i>",
            "<span>x</span>",
            "<",
        ] {
            let err = parse(source).expect_err(source);
            assert!(err.starts_with("can't parse entities"), "{err}");
        }
        assert_eq!(
            parse("AT&T &copy; &#65;").expect("kept").text,
            "AT&T &copy; A"
        );
    }
}
