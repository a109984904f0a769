//! Pages and Link headers (docs.github.com, "Using pagination in the REST API").

use super::super::guard::Call;
use super::super::reply::Reply;

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// From 1.
    pub(super) number: usize,
    pub(super) size: usize,
}

impl Page {
    /// From `page` and `per_page`; nonsense counts as absent, more than 100 as 100, as on GitHub.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let read = |name| {
            call.parameter(name)
                .and_then(|text| text.parse::<usize>().ok())
                .filter(|n| *n > 0)
        };
        Self {
            number: read("page").unwrap_or(1),
            size: read("per_page").unwrap_or(30).min(100),
        }
    }

    pub(super) fn slice<T>(self, items: &[T]) -> &[T] {
        let from = (self.number - 1).saturating_mul(self.size).min(items.len());
        let to = from.saturating_add(self.size).min(items.len());
        items.get(from..to).unwrap_or_default()
    }

    /// Adds the Link header for a list of `total` items at `path`, which GitHub writes with the
    /// repository's number (`/repositories/<id>/…`), not its name.
    pub(super) fn link(self, reply: Reply, call: &Call<'_>, path: &str, total: usize) -> Reply {
        let last = total.div_ceil(self.size).max(1);
        let mut links = Vec::new();
        let mut add = |page: usize, rel: &str| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (key, value) in call.query.iter().filter(|(key, _)| key != "page") {
                query.append_pair(key, value);
            }
            query.append_pair("page", &page.to_string());
            links.push(format!(
                "<{}{path}?{}>; rel=\"{rel}\"",
                call.base,
                query.finish()
            ));
        };
        if self.number > 1 {
            add((self.number - 1).min(last), "prev");
        }
        if self.number < last {
            add(self.number + 1, "next");
            add(last, "last");
        }
        if self.number > 1 {
            add(1, "first");
        }
        if links.is_empty() {
            reply
        } else {
            reply.header("link", links.join(", "))
        }
    }
}
