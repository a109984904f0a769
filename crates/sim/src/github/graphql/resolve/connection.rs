//! Pages of lists. A cursor names the position of its item, counted from one.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::input::Arguments;
use super::super::object::{Connection, Object, PageInfo};
use super::super::run::{Output, Trouble};

fn cursor(position: usize) -> String {
    STANDARD.encode(format!("cursor:{position}"))
}

fn position(arguments: &Arguments, name: &str) -> Result<Option<usize>, Trouble> {
    let Some(text) = arguments.text(name) else {
        return Ok(None);
    };
    STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("cursor:")?.parse().ok())
        .map(Some)
        .ok_or_else(|| {
            Trouble::new(
                "INVALID_CURSOR_ARGUMENTS",
                format!("`{text}` does not appear to be a valid cursor."),
            )
        })
}

/// The part of a list of `total` items that `first`, `after`, `last`, `before` ask for.
pub(super) fn window(arguments: &Arguments, total: usize) -> Result<Range<usize>, Trouble> {
    let mut from = position(arguments, "after")?.unwrap_or(0).min(total);
    let mut to = position(arguments, "before")?
        .map_or(total, |before| before.saturating_sub(1))
        .min(total)
        .max(from);
    let size = |name| {
        arguments
            .int(name)
            .and_then(|size| usize::try_from(size).ok())
    };
    if let Some(first) = size("first") {
        to = to.min(from + first);
    } else if let Some(last) = size("last") {
        from = from.max(to.saturating_sub(last));
    }
    Ok(from..to)
}

/// A page whose items are made already.
pub(super) fn page(
    type_name: &'static str,
    total: usize,
    reachable: usize,
    offset: usize,
    items: Vec<Object>,
) -> Output {
    Output::One(Some(Object::Connection(Box::new(Connection {
        type_name,
        total,
        offset,
        reachable,
        items,
    }))))
}

/// The page of a whole list that the arguments ask for.
pub(super) fn of(
    type_name: &'static str,
    all: Vec<Object>,
    arguments: &Arguments,
) -> Result<Output, Trouble> {
    let total = all.len();
    let window = window(arguments, total)?;
    let items = all.get(window.clone()).unwrap_or_default().to_vec();
    Ok(page(type_name, total, total, window.start, items))
}

pub(super) fn field(page: &Connection, name: &str) -> Option<Output> {
    Some(match name {
        "totalCount" | "issueCount" | "filteredCount" => Output::of(page.total),
        "repositoryCount" | "userCount" => Output::of(0),
        "pageCount" => Output::of(page.items.len()),
        "nodes" => Output::Many(page.items.iter().cloned().map(Ok).collect()),
        "edges" => Output::Many(
            (0..page.items.len())
                .map(|index| Ok(Object::Edge(Box::new(page.clone()), index)))
                .collect(),
        ),
        "pageInfo" => Output::One(Some(Object::PageInfo(PageInfo {
            start: page.offset,
            end: page.offset + page.items.len(),
            reachable: page.reachable,
        }))),
        _ => return None,
    })
}

pub(super) fn edge(page: &Connection, index: usize, name: &str) -> Option<Output> {
    Some(match name {
        "cursor" => Output::of(cursor(page.offset + index + 1)),
        "node" => Output::One(page.items.get(index).cloned()),
        _ => return None,
    })
}

pub(super) fn page_info(page: PageInfo, name: &str) -> Option<Output> {
    let PageInfo {
        start,
        end,
        reachable,
    } = page;
    let filled = end > start;
    let optional = |position: usize| {
        Output::Plain(if filled {
            cursor(position).into()
        } else {
            Value::Null
        })
    };
    Some(match name {
        "startCursor" => optional(start + 1),
        "endCursor" => optional(end),
        "hasNextPage" => Output::of(end < reachable),
        "hasPreviousPage" => Output::of(start > 0),
        _ => return None,
    })
}
