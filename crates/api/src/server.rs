//! The listening socket: connections within limits of number and time, each served until it ends.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Sleep;
use tower::ServiceExt as _;

use crate::address::{ClientAddress, client_address};
use crate::collect;
use crate::seldom::Seldom;
use crate::state::App;

/// What one connection, and all of them, may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// From the end of an answer, or the beginning, to the whole head of the next request.
    pub head: Duration,
    /// From the head of a request to the end of its body.
    pub body: Duration,
    /// Connections at once; more wait to be let in.
    pub connections: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { head: Duration::from_secs(60), body: Duration::from_secs(30), connections: 10_000 }
    }
}

/// Largest head of a request, bytes: several times what browsers and proxies send. Ten thousand connections may each
/// take their time for one.
const MAX_HEAD: usize = 32 << 10;

/// After the listening socket failed (no more file descriptors), until it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready, then finishes open requests.
pub async fn serve(
    listener: TcpListener,
    app: App,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) {
    let server = Arc::new(Server { router: crate::router(app.clone()), app, limits });
    let (stopping, stopped) = watch::channel(false);
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let slot = slots.clone().acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(server.clone(), stream, peer, stopped.clone());
                tokio::spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken now");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ended = slots.acquire_many(all).await;
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

struct Server {
    router: Router,
    app: App,
    limits: ConnectionLimits,
}

async fn connection(
    server: Arc<Server>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small and whole: nothing is gained by waiting for more.
    stream.set_nodelay(true).ok();
    let limit = server.limits.head;
    let turn = Arc::new(Turn { began: Instant::now(), waiting_since_ms: AtomicU64::new(0) });
    let service = ForConnection { server, peer, turn: turn.clone() };
    let connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut overdue = pin!(Seldom::new(turn.overdue(limit)));
    let mut stopping = pin!(Seldom::new(async {
        stopped.wait_for(|stopped| *stopped).await.ok();
    }));
    let mut is_stopping = false;
    poll_fn(|context| {
        loop {
            // What goes wrong on a connection is its peer's affair.
            if connection.as_mut().poll(context).is_ready()
                || overdue.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(());
            }
            if is_stopping || stopping.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            is_stopping = true;
            connection.as_mut().graceful_shutdown();
        }
    })
    .await;
}

/// Whose turn it is on a connection.
struct Turn {
    began: Instant,
    /// Milliseconds after `began` at which the peer's turn came; `OURS` while a request is at work.
    waiting_since_ms: AtomicU64,
}

const OURS: u64 = u64::MAX;

impl Turn {
    fn ours(&self) {
        self.waiting_since_ms.store(OURS, Ordering::Relaxed);
    }

    fn theirs(&self) {
        self.waiting_since_ms.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Ends when the peer took too long.
    async fn overdue(&self, limit: Duration) {
        while let Some(left) = self.wait_left(limit) {
            tokio::time::sleep(left).await;
        }
    }

    /// For how long the peer may still take its time; `None` when it took too long.
    fn wait_left(&self, limit: Duration) -> Option<Duration> {
        match self.waiting_since_ms.load(Ordering::Relaxed) {
            OURS => Some(limit),
            since => {
                let waited = self.began.elapsed().saturating_sub(Duration::from_millis(since));
                limit.checked_sub(waited).filter(|left| !left.is_zero())
            }
        }
    }
}

struct ForConnection {
    server: Arc<Server>,
    peer: SocketAddr,
    turn: Arc<Turn>,
}

impl Service<Request<Incoming>> for ForConnection {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.turn.ours();
        let (server, peer, turn) = (self.server.clone(), self.peer, self.turn.clone());
        let request = request.map(|body| Timed::body(body, server.limits.body));
        // What comes thousands of times a second takes the short way, in a small future of its own.
        if request.method() == Method::POST && request.uri().path() == collect::EVENT_PATH {
            let trusted = &server.app.settings().trusted_proxies;
            let ip = client_address(peer.ip(), request.headers(), trusted);
            let (head, body) = request.into_parts();
            return Box::pin(async move {
                let response = collect::event(&server.app, ip, &head, body).await;
                turn.theirs();
                Ok(response)
            });
        }
        Box::pin(async move {
            let response = server.answer(request, peer).await;
            turn.theirs();
            Ok(response)
        })
    }
}

impl Server {
    async fn answer(&self, mut request: Request<Body>, peer: SocketAddr) -> Response<Body> {
        let trusted = &self.app.settings().trusted_proxies;
        let client = client_address(peer.ip(), request.headers(), trusted);
        request.extensions_mut().insert(ClientAddress(client));
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// A body that must be there in time.
struct Timed {
    body: Incoming,
    patience: Duration,
    /// Set when the body first had to be waited for.
    late: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    fn body(body: Incoming, patience: Duration) -> Body {
        if http_body::Body::is_end_stream(&body) {
            return Body::empty();
        }
        Body::new(Self { body, patience, late: None })
    }
}

impl http_body::Body for Timed {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let patience = self.patience;
        let late = self.late.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match late.as_mut().poll(context) {
            Poll::Ready(()) => {
                let late = io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly");
                Poll::Ready(Some(Err(late.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
