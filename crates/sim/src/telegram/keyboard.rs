//! Inline keyboards.

use serde_json::{Value, json};

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What it sends when tapped.
    pub data: Option<String>,
    /// What it opens when tapped.
    pub url: Option<String>,
}

/// Rows of buttons.
pub type Keyboard = Vec<Vec<Button>>;

/// Reads `reply_markup`. The error is the Bot API's description after `Bad Request: `.
pub(crate) fn read(markup: Option<&Value>) -> Result<Keyboard, String> {
    let Some(markup) = markup.filter(|markup| !markup.is_null()) else {
        return Ok(Vec::new());
    };
    let Some(rows) = markup.get("inline_keyboard") else {
        return Err("object expected as reply markup, with inline_keyboard in it".to_owned());
    };
    let rows = rows.as_array().ok_or(
        "field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays",
    )?;
    let mut keyboard = Vec::new();
    for row in rows {
        let row = row.as_array().ok_or(
            "field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays",
        )?;
        let buttons = row.iter().map(button).collect::<Result<Vec<_>, _>>()?;
        if !buttons.is_empty() {
            keyboard.push(buttons);
        }
    }
    if keyboard.iter().map(Vec::len).sum::<usize>() > 100 {
        return Err("reply markup is too long".to_owned());
    }
    Ok(keyboard)
}

fn button(value: &Value) -> Result<Button, String> {
    let label = value["text"]
        .as_str()
        .ok_or("can't parse inline keyboard button: field \"text\" must be of type String")?;
    if label.trim().is_empty() {
        return Err("can't parse inline keyboard button: text is empty".to_owned());
    }
    let data = value.get("callback_data").filter(|data| !data.is_null());
    let url = value.get("url").filter(|url| !url.is_null());
    match (data, url) {
        (Some(data), None) => match data.as_str() {
            Some(data) if (1..=64).contains(&data.len()) => Ok(Button {
                label: label.to_owned(),
                data: Some(data.to_owned()),
                url: None,
            }),
            _ => Err("BUTTON_DATA_INVALID".to_owned()),
        },
        (None, Some(url)) => match url.as_str() {
            Some(url) if super::text::linkable(url) => Ok(Button {
                label: label.to_owned(),
                data: None,
                url: Some(url.to_owned()),
            }),
            _ => Err("BUTTON_URL_INVALID".to_owned()),
        },
        (Some(_), Some(_)) => Err(
            "can't parse inline keyboard button: exactly one optional field is allowed".to_owned(),
        ),
        (None, None) => Err(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
                .to_owned(),
        ),
    }
}

/// The keyboard as it comes back in a `Message`.
pub(crate) fn json(keyboard: &Keyboard) -> Value {
    let rows: Vec<Vec<Value>> = keyboard
        .iter()
        .map(|row| {
            row.iter()
                .map(|button| match (&button.data, &button.url) {
                    (Some(data), _) => json!({"text": button.label, "callback_data": data}),
                    (None, url) => json!({"text": button.label, "url": url}),
                })
                .collect()
        })
        .collect();
    json!({"inline_keyboard": rows})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_data(data: &str) -> Result<Keyboard, String> {
        read(Some(
            &json!({"inline_keyboard": [[{"text": "Yes", "callback_data": data}]]}),
        ))
    }

    #[test]
    fn data_has_one_to_sixty_four_bytes() {
        assert!(with_data("x").is_ok());
        assert!(with_data(&"x".repeat(64)).is_ok());
        for data in ["", &"x".repeat(65), &"é".repeat(33)] {
            assert_eq!(with_data(data), Err("BUTTON_DATA_INVALID".to_owned()));
        }
    }

    #[test]
    fn a_button_does_exactly_one_thing() {
        let one = |button: Value| read(Some(&json!({"inline_keyboard": [[button]]})));
        assert!(one(json!({"text": "Open", "url": "https://example.org"})).is_ok());
        assert!(one(json!({"text": "Open", "url": "nowhere"})).is_err());
        assert!(one(json!({"text": "Nothing"})).is_err());
        assert!(one(json!({"text": "", "callback_data": "x"})).is_err());
        assert!(
            one(json!({"text": "Both", "callback_data": "x", "url": "https://example.org"}))
                .is_err()
        );
        assert!(read(Some(&json!([]))).is_err());
        assert_eq!(read(None), Ok(Vec::new()));
    }
}
