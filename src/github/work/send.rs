//! One REST write of the submit path.

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use vault::Allow;

use super::super::Github;
use super::super::line::Answer;
use super::super::trouble::WriteTrouble;
use super::super::write::{self, Outgoing};
use super::refusal;

/// A write, before it is sent.
#[derive(Debug)]
pub(super) struct Write {
    method: Method,
    path: String,
    body: Option<Value>,
    done: StatusCode,
    /// Longest body, in bytes, where that is not the usual.
    longest: Option<usize>,
}

impl Write {
    fn new(method: Method, path: String, body: Option<Value>, done: StatusCode) -> Self {
        Self {
            method,
            path,
            body,
            done,
            longest: None,
        }
    }

    /// Makes something.
    pub(super) fn post(path: String, body: &Value) -> Self {
        Self::new(Method::POST, path, Some(body.clone()), StatusCode::CREATED)
    }

    /// Changes something.
    pub(super) fn patch(path: String, body: &Value) -> Self {
        Self::new(Method::PATCH, path, Some(body.clone()), StatusCode::OK)
    }

    /// Removes something.
    pub(super) fn delete(path: String) -> Self {
        Self::new(Method::DELETE, path, None, StatusCode::NO_CONTENT)
    }

    /// The status of success, where it is not the usual one.
    pub(super) fn done(self, done: StatusCode) -> Self {
        Self { done, ..self }
    }

    /// Permits a body of up to `bytes`.
    pub(super) fn up_to(self, bytes: usize) -> Self {
        Self {
            longest: Some(bytes),
            ..self
        }
    }

    /// The one thing that its wire lets through.
    fn allow(&self) -> Allow {
        let allow = match self.method {
            Method::PATCH => Allow::patch(self.path.as_str()),
            Method::DELETE => Allow::delete(self.path.as_str()),
            _ => Allow::post(self.path.as_str()),
        };
        match self.longest {
            Some(bytes) => allow.with_body_up_to(bytes),
            None => allow,
        }
    }
}

impl Github {
    /// Sends a write and reads what it made.
    pub(super) async fn submit<T: DeserializeOwned>(
        &self,
        write: Write,
    ) -> Result<T, WriteTrouble> {
        write::read(&self.submit_blindly(write).await?)
    }

    /// Sends a write of which nothing has to be read.
    pub(super) async fn submit_blindly(&self, write: Write) -> Result<Answer, WriteTrouble> {
        let octocrab = self.octocrab("submit", vec![write.allow()]);
        let outgoing = Outgoing {
            method: write.method,
            path: &write.path,
            body: write.body.as_ref(),
            done: write.done,
            narrower: refusal::of_answer,
        };
        write::exchange(&octocrab, &self.budget, &*self.clock, outgoing).await
    }
}
