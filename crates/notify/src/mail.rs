//! Mail by SMTP, with TLS of our own under lettre's protocol.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::address::AddressError;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
    ReadBuf,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::letter::{Letter, one_line};
use crate::tls;

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all: only for a server on this machine.
    None,
    /// Asked for after the greeting; usually port 587. Without it nothing is sent.
    StartTls,
    /// From the first byte; usually port 465.
    Implicit,
}

/// A word that names no protection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of: none, starttls, implicit")]
pub struct UnknownTls(pub String);

impl FromStr for MailTls {
    type Err = UnknownTls;

    fn from_str(word: &str) -> Result<Self, UnknownTls> {
        match word {
            "none" => Ok(Self::None),
            "starttls" => Ok(Self::StartTls),
            "implicit" => Ok(Self::Implicit),
            other => Err(UnknownTls(other.to_owned())),
        }
    }
}

impl MailTls {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
        }
    }

    /// The port that servers usually have.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Implicit => 465,
        }
    }
}

/// How mail goes out.
#[derive(Clone)]
pub struct MailSettings {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    /// Name and password, where the server asks for them.
    pub credentials: Option<(String, String)>,
    /// Authorities that are trusted besides those of the system, in PEM: of a server with a certificate of one's own.
    pub own_authorities: Option<Vec<u8>>,
    /// `Luotsi <luotsi@shop.example>` or an address alone.
    pub from: String,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port, tls, from, .. } = self;
        write!(f, "{from} by {host}:{port} ({})", tls.as_str())
    }
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("`{address}` is no mail address: {reason}")]
    Address { address: String, reason: AddressError },
    #[error("no connection to {host}:{port}: {reason}")]
    Connect { host: String, port: u16, reason: io::Error },
    #[error("no secure connection to {host}: {}", tls::told(.reason, .host))]
    Tls { host: String, reason: io::Error },
    #[error("TLS cannot be set up: {0}")]
    TlsSetup(#[from] tokio_rustls::rustls::Error),
    #[error("the server offers no STARTTLS: {0}")]
    NoStartTls(String),
    #[error("the server does not take name and password: {}", told(.0))]
    SignIn(lettre::transport::smtp::Error),
    #[error("the server does not greet: {}", told(.0))]
    Greeting(lettre::transport::smtp::Error),
    #[error("{}", told(.0))]
    Refused(lettre::transport::smtp::Error),
    #[error("the mail cannot be written: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("no answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
}

/// An error with what the server said.
fn told(error: &lettre::transport::smtp::Error) -> String {
    match std::error::Error::source(error) {
        Some(reason) => format!("{error}: {reason}"),
        None => error.to_string(),
    }
}

impl MailError {
    /// Whether sending it again would be refused again.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Address { .. } | Self::Message(_) => true,
            Self::Refused(error) => error.is_permanent(),
            _ => false,
        }
    }

    /// The server's status, where it answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::SignIn(error) | Self::Greeting(error) | Self::Refused(error) => {
                error.status().map(u16::from)
            }
            _ => None,
        }
    }
}

/// For connecting, signing in and sending one mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest line of a greeting, bytes.
const LONGEST_LINE: u64 = 1_000;

/// Lines of an answer before STARTTLS.
const MOST_LINES: usize = 100;

/// Sends mail.
pub struct Mailer {
    settings: MailSettings,
    from: Mailbox,
    tls: TlsConnector,
}

impl Mailer {
    /// # Errors
    /// When the sender's address cannot be read, or TLS cannot be set up.
    pub fn new(settings: MailSettings) -> Result<Self, MailError> {
        let from = settings
            .from
            .parse()
            .map_err(|reason| MailError::Address { address: settings.from.clone(), reason })?;
        let tls = tls::connector(settings.own_authorities.as_deref())?;
        Ok(Self { settings, from, tls })
    }

    pub fn settings(&self) -> &MailSettings {
        &self.settings
    }

    /// Whether the server answers and takes name and password. Sends nothing.
    pub async fn check(&self) -> Result<(), MailError> {
        self.patient(async {
            let mut connection = self.connect().await?;
            connection.quit().await.map_err(MailError::Refused)?;
            Ok(())
        })
        .await
    }

    /// Sends a letter. `id` is the same for each attempt at the same letter.
    pub async fn send(
        &self,
        to: (&str, &str),
        letter: &Letter,
        base_url: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), MailError> {
        let message = self.message(to, letter, base_url, id, now)?;
        self.patient(async {
            let mut connection = self.connect().await?;
            connection
                .send(message.envelope(), &message.formatted())
                .await
                .map_err(MailError::Refused)?;
            // The server has it: how it says good-bye changes nothing.
            drop(connection.quit().await);
            Ok(())
        })
        .await
    }

    async fn patient<T>(
        &self,
        work: impl Future<Output = Result<T, MailError>>,
    ) -> Result<T, MailError> {
        tokio::time::timeout(PATIENCE, work).await.map_err(|_| MailError::TimedOut(PATIENCE))?
    }

    fn message(
        &self,
        (name, address): (&str, &str),
        letter: &Letter,
        base_url: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Message, MailError> {
        let to: Address = address
            .parse()
            .map_err(|reason| MailError::Address { address: one_line(address), reason })?;
        let name = Some(one_line(name)).filter(|name| !name.is_empty());
        let domain = self.from.email.domain();
        let at = Duration::from_micros(now.as_microsecond().max(0).unsigned_abs());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, to))
            .subject(letter.subject())
            .date(SystemTime::UNIX_EPOCH + at)
            .message_id(Some(format!("<{id}@{domain}>")))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(
                letter.text(base_url),
                letter.html(base_url),
            ))?;
        Ok(message)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let MailSettings { host, port, .. } = &self.settings;
        let tcp = TcpStream::connect((host.as_str(), *port))
            .await
            .map_err(|reason| MailError::Connect { host: host.clone(), port: *port, reason })?;
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let stream: Box<dyn AsyncTokioStream> = match self.settings.tls {
            MailTls::None => Box::new(tcp),
            MailTls::Implicit => Box::new(Secured { stream: self.secure(tcp).await?, said: b"" }),
            MailTls::StartTls => {
                let tcp = ask_for_tls(tcp, &hello).await?;
                // The greeting was before: lettre waits for one all the same.
                Box::new(Secured { stream: self.secure(tcp).await?, said: b"220 secured\r\n" })
            }
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &hello)
            .await
            .map_err(MailError::Greeting)?;
        if let Some((user, password)) = self.settings.credentials.clone() {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &Credentials::new(user, password))
                .await
                .map_err(MailError::SignIn)?;
        }
        Ok(connection)
    }

    async fn secure(&self, tcp: TcpStream) -> Result<TlsStream<TcpStream>, MailError> {
        let host = &self.settings.host;
        let failed = |reason| MailError::Tls { host: host.clone(), reason };
        let name =
            ServerName::try_from(host.clone()).map_err(|error| failed(io::Error::other(error)))?;
        self.tls.connect(name, tcp).await.map_err(failed)
    }
}

/// Reads the greeting, introduces us and asks for TLS (RFC 3207). Whatever the server says beyond its answer
/// before TLS begins is refused with the connection: it could have been slipped in.
async fn ask_for_tls(tcp: TcpStream, hello: &ClientId) -> Result<TcpStream, MailError> {
    let mut stream = BufReader::new(tcp);
    let failed = |reason: io::Error| MailError::NoStartTls(reason.to_string());
    answer(&mut stream, "220").await?;
    stream.write_all(format!("EHLO {hello}\r\n").as_bytes()).await.map_err(failed)?;
    answer(&mut stream, "250").await?;
    stream.write_all(b"STARTTLS\r\n").await.map_err(failed)?;
    answer(&mut stream, "220").await?;
    if !stream.buffer().is_empty() {
        return Err(MailError::NoStartTls("it said more than it was asked".to_owned()));
    }
    Ok(stream.into_inner())
}

/// Reads an answer to its last line, which must have the status.
async fn answer(stream: &mut BufReader<TcpStream>, status: &str) -> Result<(), MailError> {
    for _ in 0..MOST_LINES {
        let mut line = Vec::new();
        (&mut *stream)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .await
            .map_err(|reason| MailError::NoStartTls(reason.to_string()))?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if !line.starts_with(status) {
            return Err(MailError::NoStartTls(line.to_owned()));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
    Err(MailError::NoStartTls("it does not end its answer".to_owned()))
}

/// No machine should answer a message of a machine (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// A secured connection that first says what was said before it was secured.
#[derive(Debug)]
struct Secured {
    stream: TlsStream<TcpStream>,
    said: &'static [u8],
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.said.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let (now, later) = self.said.split_at(self.said.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.said = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
