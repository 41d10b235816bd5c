//! One HTTP request to a webhook: to a checked address, bounded in time and size, never redirected.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use crate::address::{AddressError, Reach};
use crate::tls;

/// For the whole exchange. The specification recommends 15 to 30 seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of an answer that are read; the rest is nobody's business.
const MOST_READ: usize = 1_024;

/// Bytes that an answer's head may have.
const MOST_HEAD: usize = 32 * 1_024;

/// Sends webhooks.
pub struct Poster {
    reach: Reach,
    tls: TlsConnector,
    patience: Duration,
}

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The beginning of the body.
    pub body: String,
    /// The wait that it asks for.
    pub retry_after: Option<SignedDuration>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the host name cannot be looked up: {0}")]
    Lookup(std::io::Error),
    #[error("the host name has no address")]
    NoAddress,
    #[error("no connection: {0}")]
    Connect(std::io::Error),
    #[error("no secure connection: {0}")]
    Tls(std::io::Error),
    #[error("the exchange broke off: {0}")]
    Http(#[from] hyper::Error),
    #[error("no request can be made of this: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("no answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
}

impl Poster {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(reach: Reach) -> Result<Self, tokio_rustls::rustls::Error> {
        Ok(Self { reach, tls: tls::connector(None)?, patience: PATIENCE })
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Sends `body` as JSON and reads the answer, whatever it is.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> Result<Answer, PostError> {
        let url = self.reach.check(url)?;
        let exchange = self.exchange(&url, headers, body);
        tokio::time::timeout(self.patience, exchange)
            .await
            .map_err(|_| PostError::TimedOut(self.patience))?
    }

    async fn exchange(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> Result<Answer, PostError> {
        let host = url.host_str().ok_or(AddressError::NotAUrl)?;
        let port = url.port_or_known_default().ok_or(AddressError::NotAUrl)?;
        let stream = self.connect(host, port).await?;
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            })
            .header(HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
            .header(USER_AGENT, concat!("Luotsi/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
        if url.scheme() == "https" {
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
                .map_err(|_| AddressError::NotAUrl)?;
            let stream = self.tls.connect(name, stream).await.map_err(PostError::Tls)?;
            send(stream, request).await
        } else {
            send(stream, request).await
        }
    }

    /// Connects to an address that was looked at. Of a name with several, all must be allowed: a name that
    /// leads inside by one of them is not to be called at all.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, PostError> {
        let found: Vec<SocketAddr> = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => lookup_host((host, port)).await.map_err(PostError::Lookup)?.collect(),
        };
        if let Some(inside) = found.iter().find(|address| !self.reach.allows(address.ip())) {
            return Err(AddressError::Private(inside.ip()).into());
        }
        let mut last = PostError::NoAddress;
        for address in found {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = PostError::Connect(error),
            }
        }
        Err(last)
    }
}

/// Sends a request over a connection and reads the answer's head and the beginning of its body.
async fn send(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, PostError> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MOST_HEAD).handshake(TokioIo::new(stream)).await?;
    // The connection is driven beside the request and dropped with it.
    let exchange = async {
        let response = sender.send_request(request).await?;
        Ok::<_, hyper::Error>(read(response).await)
    };
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    let mut open = true;
    loop {
        tokio::select! {
            answer = &mut exchange => return Ok(answer?),
            done = &mut connection, if open => {
                open = false;
                done?;
            }
        }
    }
}

async fn read(response: Response<Incoming>) -> Answer {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse::<u32>().ok())
        .map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
    let mut body = response.into_body();
    let mut read = BytesMut::new();
    while read.len() < MOST_READ {
        let Some(Ok(frame)) = body.frame().await else { break };
        if let Some(data) = frame.data_ref() {
            read.extend_from_slice(&data[..data.len().min(MOST_READ - read.len())]);
        }
    }
    Answer { status, body: String::from_utf8_lossy(&read).into_owned(), retry_after }
}
