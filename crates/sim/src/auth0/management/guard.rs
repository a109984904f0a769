//! Who may call the Management API, and how often.

use http::{HeaderMap, header};

use super::answer::Fault;
use crate::auth0::Shared;
use crate::auth0::state::Tenant;

/// How many requests came in which second.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    second: i64,
    count: u32,
}

/// What the caller has left in this second.
pub(super) struct Budget {
    limit: Option<u32>,
    count: u32,
    until_s: i64,
}

/// Counts the request.
pub(super) fn count(tenant: &mut Tenant, now_ms: i64) -> Budget {
    let second = now_ms.div_euclid(1_000);
    if tenant.calls.second != second {
        tenant.calls = Calls { second, count: 0 };
    }
    let limit = tenant.switches.management_per_second;
    let refused = limit.is_some_and(|limit| tenant.calls.count >= limit);
    if !refused {
        tenant.calls.count = tenant.calls.count.saturating_add(1);
    }
    Budget {
        limit,
        count: tenant.calls.count + u32::from(refused),
        until_s: second + 1,
    }
}

impl Budget {
    pub(super) fn left(&self) -> Result<(), Fault> {
        if self.limit.is_some_and(|limit| self.count > limit) {
            let text = "Global limit has been reached";
            return Err(Fault::plain(429, text, Some("too_many_requests")));
        }
        Ok(())
    }

    pub(super) fn headers(&self) -> Vec<(&'static str, i64)> {
        let Some(limit) = self.limit else {
            return Vec::new();
        };
        vec![
            ("x-ratelimit-limit", i64::from(limit)),
            (
                "x-ratelimit-remaining",
                i64::from(limit.saturating_sub(self.count)),
            ),
            ("x-ratelimit-reset", self.until_s),
        ]
    }
}

/// The scopes of the request's token, if it is alive and meant for this API.
pub(super) fn scopes(
    shared: &Shared,
    tenant: &Tenant,
    headers: &HeaderMap,
) -> Result<Vec<String>, Fault> {
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return Err(Fault::plain(
            401,
            "Missing authentication",
            Some("invalid_token"),
        ));
    };
    let invalid = |text: &str| Fault::plain(401, text, Some("invalid_token"));
    let token = given
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| tenant.access_tokens.get(token))
        .ok_or_else(|| invalid("Invalid token"))?;
    let audience = format!("{}api/v2/", shared.tenant_url());
    if token.audience != audience {
        return Err(invalid(&format!("Bad audience: {}", token.audience)));
    }
    if shared.rim.now() >= token.until_ms {
        return Err(invalid(
            "Expired token received for JSON Web Token validation",
        ));
    }
    Ok(token.scopes.clone())
}
