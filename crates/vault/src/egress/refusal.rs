//! Why a request got no answer from a provider, in words for the agent and a code for the journal.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::budgets::Budget;

/// Why something was refused or failed. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub(super) enum Refusal {
    #[error("this socket is another user's")]
    ForeignPeer,
    #[error("what came is not HTTP/1.1")]
    NotHttp,
    #[error("only /llm/<provider>/<path> leads out of here")]
    NoRoute,
    #[error(
        "the request names a host; send the path alone and set NO_PROXY=127.0.0.1,localhost, so that the base URL is not sent through a proxy"
    )]
    AbsoluteForm,
    #[error("the path holds characters or segments that no model endpoint has")]
    OddPath,
    #[error("this job may not use a provider of that name")]
    UnknownProvider,
    #[error("this method and path are not on the provider's list")]
    NotOnList,
    #[error("streamGenerateContent is passed on as server-sent events only: add alt=sse")]
    NotSse,
    #[error("the request's body is longer than this job's limit")]
    RequestTooLong,
    #[error("the request's body ended early")]
    RequestBroken,
    #[error("the request's body is not fit to be passed on: {0}")]
    BadBody(&'static str),
    #[error(
        "the request makes the provider fetch an address; only content within the request (data: URLs) is passed on"
    )]
    RemoteContent,
    #[error("the model has no price in the settings, and the job's money is limited")]
    NoPrice,
    #[error("the job's budget of {0} is used up; nothing more is sent")]
    Budget(Budget),
    #[error("the rest of the job's budget of {0} is held by requests under way; try again")]
    Held(Budget),
    #[error("the journal cannot be written, so nothing is sent")]
    Journal,
    #[error("tunnels are opened in the set-up phase only, to hosts on the owner's list, port 443")]
    NoTunnel,
    #[error("the host's addresses are not public ones")]
    PrivateAddress,
    #[error("what came through the tunnel is not TLS for the host it was opened to")]
    NotThatHost,
    #[error("the other side cannot be reached")]
    Unreachable,
    #[error("the time for one request is over")]
    TimedOut,
    #[error("the provider broke off its answer")]
    BrokenOff,
    #[error("the provider answered with a redirect, which is not followed")]
    Redirect,
    #[error("the provider's answer is longer than this job's limit")]
    AnswerTooLong,
    #[error("the provider's answer is compressed, so it cannot be looked through")]
    Encoded,
    #[error("the provider's answer quoted the API key and was thrown away")]
    KeyEchoed,
    #[error("the provider does not accept the owner's API key")]
    KeyRefused,
    #[error("the job is over")]
    Stopped,
}

impl Refusal {
    /// Short name, for the journal and the client's code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::ForeignPeer => "foreign_peer",
            Self::NotHttp => "not_http",
            Self::NoRoute => "no_route",
            Self::AbsoluteForm => "absolute_form",
            Self::OddPath => "odd_path",
            Self::UnknownProvider => "unknown_provider",
            Self::NotOnList => "not_on_list",
            Self::NotSse => "not_sse",
            Self::RequestTooLong => "request_too_long",
            Self::RequestBroken => "request_broken",
            Self::BadBody(_) => "bad_body",
            Self::RemoteContent => "remote_content",
            Self::NoPrice => "no_price",
            Self::Budget(_) => "budget",
            Self::Held(_) => "held",
            Self::Journal => "journal",
            Self::NoTunnel => "no_tunnel",
            Self::PrivateAddress => "private_address",
            Self::NotThatHost => "not_that_host",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::BrokenOff => "broken_off",
            Self::Redirect => "redirect",
            Self::AnswerTooLong => "answer_too_long",
            Self::Encoded => "encoded",
            Self::KeyEchoed => "key_echoed",
            Self::KeyRefused => "key_refused",
            Self::Stopped => "stopped",
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::RequestTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotHttp | Self::RequestBroken | Self::BadBody(_) => StatusCode::BAD_REQUEST,
            Self::Budget(_) | Self::Held(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Journal | Self::Stopped => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Unreachable
            | Self::BrokenOff
            | Self::Redirect
            | Self::AnswerTooLong
            | Self::Encoded
            | Self::KeyEchoed
            | Self::KeyRefused => StatusCode::BAD_GATEWAY,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// The answer to the client, in the shape that both OpenAI's and Anthropic's clients read.
    pub(super) fn response(self) -> Response<Bytes> {
        let body = json!({
            "type": "error",
            "error": {
                "type": "egress_refused",
                "code": self.code(),
                "message": format!("egress: {self}"),
            },
        });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Held(_) => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
            }
            // Both vendors' client libraries obey it; without it they would try again at once.
            Self::Unreachable | Self::BrokenOff | Self::TimedOut => {}
            _ => {
                headers.insert("x-should-retry", HeaderValue::from_static("false"));
            }
        }
        // Whoever speaks like this to a proxy of another kind has nothing more to say to this one.
        if matches!(
            self,
            Self::AbsoluteForm | Self::OddPath | Self::NoTunnel | Self::RequestTooLong
        ) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
