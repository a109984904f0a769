//! The pages that a person sees in a browser: plain, escaped, and without a script.

use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;

use crate::escape::escaped;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem;\
    background:#f4f5f7;color:#1f2328}main{background:#fff;border:1px solid #d1d9e0;border-radius:.5rem;padding:2rem}\
    h1{font-size:1.3rem;margin:0 0 1rem}code{font-size:1.5rem;letter-spacing:.1em}\
    input,button,.go{font:inherit;padding:.6rem 1rem;border-radius:.4rem;border:1px solid #d1d9e0;box-sizing:border-box}\
    button,.go{cursor:pointer;background:#fff;color:#1f2328;text-decoration:none;display:inline-block}\
    .go{background:#3f59e4;border-color:#3f59e4;color:#fff}\
    @media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}\
    main,button,input{background:#161b22;border-color:#3d444d;color:#e6edf3}}";

/// A page for the person in the browser; never a redirect to an address that was not registered. Both texts are escaped.
pub(crate) fn page(status: StatusCode, title: &str, text: &str) -> Response {
    whole(status, title, &format!("<p>{}</p>", escaped(text)))
}

/// A page with this content, which is HTML already.
pub(crate) fn whole(status: StatusCode, title: &str, content: &str) -> Response {
    let title = escaped(title);
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1>{content}</main>"
    );
    (status, [("cache-control", "no-store")], Html(html)).into_response()
}
