//! A request body that refuses to leave once its proofs are too old. Connecting takes time and a
//! laptop may sleep in between, so the last look is taken when the first byte is asked for.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use zeroize::Zeroizing;

use crate::assertion::Stamp;
use clock::Clock;

pub(crate) struct FreshBody {
    form: Option<Zeroizing<String>>,
    len: u64,
    stamp: Stamp,
    clock: Arc<dyn Clock>,
    stale: Stale,
}

/// Tells afterwards whether the body was held back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stale(Arc<AtomicBool>);

impl Stale {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The body was held back.
#[derive(Debug, thiserror::Error)]
#[error("the signed request grew too old to be sent")]
pub(crate) struct TooOld;

impl FreshBody {
    pub(crate) fn new(form: Zeroizing<String>, stamp: Stamp, clock: Arc<dyn Clock>) -> Self {
        Self {
            len: form.len() as u64,
            form: Some(form),
            stamp,
            clock,
            stale: Stale::default(),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn stale(&self) -> Stale {
        self.stale.clone()
    }
}

impl Body for FreshBody {
    type Data = Bytes;
    type Error = TooOld;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooOld>>> {
        if !self.stamp.is_fresh(&*self.clock) {
            self.stale.0.store(true, Ordering::SeqCst);
            self.form = None;
            return Poll::Ready(Some(Err(TooOld)));
        }
        let frame = self
            .form
            .take()
            .map(|form| Frame::data(Bytes::from_owner(Wiped(form))));
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.form.is_none() && !self.stale.is_set()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.form.as_ref().map_or(0, |form| form.len() as u64))
    }
}

/// Lets `Bytes` borrow the form and wipe it in the end.
struct Wiped(Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
