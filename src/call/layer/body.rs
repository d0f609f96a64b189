//! Bodies: read whole, or passed on while the call reads them.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body, Frame};

use super::running::{Running, now};

/// Body of an answer: whole, or a stream that reports its events to the call.
pub struct CallBody<R> {
    held: VecDeque<Bytes>,
    rest: Option<Pin<Box<R>>>,
    running: Option<Running>,
}

impl<R> CallBody<R> {
    pub(super) fn whole(body: Bytes) -> CallBody<R> {
        CallBody {
            held: [body].into_iter().filter(|body| !body.is_empty()).collect(),
            rest: None,
            running: None,
        }
    }

    /// Creates the body of an answer that is not read here.
    pub(super) fn passed(body: R) -> CallBody<R> {
        CallBody {
            held: VecDeque::new(),
            rest: Some(Box::pin(body)),
            running: None,
        }
    }

    /// Creates the body of a stream of which `held` was read.
    pub(super) fn stream(
        held: VecDeque<Bytes>,
        rest: Pin<Box<R>>,
        running: Running,
    ) -> CallBody<R> {
        CallBody {
            held,
            rest: Some(rest),
            running: Some(running),
        }
    }

    fn over(&mut self, clean: bool) {
        if let Some(mut running) = self.running.take() {
            running.step(|call| {
                call.ended(now(), clean);
                // Nothing is sent after a part was shown.
                let _ = call.next(now());
            });
        }
    }
}

impl<R> fmt::Debug for CallBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallBody")
            .field("streams", &self.rest.is_some())
            .finish_non_exhaustive()
    }
}

impl<R: Body> Body for CallBody<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        if let Some(data) = self.held.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        match ready!(rest.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => {
                let frame = match frame.into_data() {
                    Ok(data) => {
                        let data = bytes_of(data);
                        if let Some(running) = &mut self.running {
                            running.call.chunk(now(), &data);
                        }
                        Frame::data(data)
                    }
                    Err(frame) => match frame.into_trailers() {
                        Ok(trailers) => Frame::trailers(trailers),
                        Err(_) => Frame::data(Bytes::new()),
                    },
                };
                Poll::Ready(Some(Ok(frame)))
            }
            end => {
                self.over(end.is_none());
                self.rest = None;
                Poll::Ready(end.map(|error| error.map(|_| Frame::data(Bytes::new()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.rest.is_none()
    }
}

/// Reason why a body was not read.
pub(super) enum Unread {
    TooLarge,
    Broke,
}

pub(super) async fn read<B: Body>(body: B, max: usize) -> Result<Bytes, Unread> {
    let mut body = Box::pin(body);
    let mut all = BytesMut::new();
    while let Some(frame) = frame(body.as_mut()).await {
        if let Ok(data) = frame.map_err(|_| Unread::Broke)?.into_data() {
            let data = bytes_of(data);
            if all.len() + data.len() > max {
                return Err(Unread::TooLarge);
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

pub(super) async fn frame<B: Body>(
    mut body: Pin<&mut B>,
) -> Option<Result<Frame<B::Data>, B::Error>> {
    std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await
}

pub(super) fn bytes_of(mut data: impl Buf) -> Bytes {
    data.copy_to_bytes(data.remaining())
}
