//! Settings: `luotsi.toml`, then `LUOTSI_*`, then flags; the later wins.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use luotsi_api::server::ConnectionLimits;
use luotsi_api::{RateLimits, TrustedProxies};
use luotsi_lake::lake::LakeSettings;
use luotsi_marketing::counting::Lists;
use luotsi_marketing::session::SessionRule;
use luotsi_notify::address::Reach;
use luotsi_notify::mail::{MailSettings, MailTls};
use luotsi_store::{Store, sqlite_url};
use serde::Deserialize;

use crate::clock;

/// Where and how, the same for every command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SettingsArgs {
    /// Folder with everything that is kept
    #[arg(long, global = true, env = "LUOTSI_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Address to serve on [default: 127.0.0.1:8010]
    #[arg(long, global = true, env = "LUOTSI_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Database for users, sites and goals, `postgres://…` [default: SQLite in the data folder]
    #[arg(long, global = true, env = "LUOTSI_STATE", value_name = "URL", hide_env_values = true)]
    state: Option<String>,
    /// Address under which browsers reach the server, for snippets and links
    #[arg(long, global = true, env = "LUOTSI_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Country database of your own (MaxMind DB format) in place of the built-in one
    #[arg(long, global = true, env = "LUOTSI_COUNTRY_DATABASE", value_name = "FILE")]
    country_database: Option<PathBuf>,
    /// Settings file [default: luotsi.toml, where there is one]
    #[arg(long, global = true, env = "LUOTSI_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What the settings file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SettingsFile {
    data_dir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    state: Option<String>,
    public_url: Option<String>,
    country_database: Option<PathBuf>,
    /// Hosts known for referrer spam, one a line, beside the built-in ones.
    spam_referrer_list: Option<PathBuf>,
    /// Networks of data centres, one a line.
    data_centre_list: Option<PathBuf>,
    session_idle_minutes: Option<u32>,
    campaign_starts_session: Option<bool>,
    flush_seconds: Option<u64>,
    query_memory_mb: Option<usize>,
    /// Networks whose `X-Forwarded-For` is believed; `private` stands for this machine and private ones.
    trusted_proxies: Option<Vec<String>>,
    /// 0 for no limit.
    requests_per_second_per_address: Option<u32>,
    /// 0 for no limit.
    events_per_second_per_site: Option<u32>,
    most_connections: Option<usize>,
    /// Events that may wait for the disk; more are told to come again.
    most_waiting_events: Option<usize>,
    idle_seconds: Option<u64>,
    body_seconds: Option<u64>,
    mail: Option<MailFile>,
    webhooks: WebhooksFile,
}

/// `[mail]`: how mail goes out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailFile {
    host: String,
    port: Option<u16>,
    /// `starttls` (the usual), `implicit` or `none`.
    tls: Option<String>,
    user: Option<String>,
    /// Or `LUOTSI_MAIL_PASSWORD`, which wins.
    password: Option<String>,
    /// Certificates (PEM) of authorities that are trusted besides those of the system.
    ca_file: Option<PathBuf>,
    from: String,
}

/// `[webhooks]`: where webhooks may go.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WebhooksFile {
    /// This machine and private networks, too, and without TLS.
    allow_private_addresses: bool,
}

/// Settings as they are in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) state: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) country_database: Option<PathBuf>,
    pub(crate) spam_referrer_list: Option<PathBuf>,
    pub(crate) data_centre_list: Option<PathBuf>,
    pub(crate) session_rule: SessionRule,
    pub(crate) flush_interval: Duration,
    /// Bytes.
    pub(crate) query_memory: usize,
    pub(crate) rates: RateLimits,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) connections: ConnectionLimits,
    pub(crate) most_waiting_events: Option<usize>,
    pub(crate) mail: Option<MailSettings>,
    pub(crate) reach: Reach,
}

impl Settings {
    /// Settings from file and `args`; `default_dir` where nobody names a data folder.
    pub(crate) fn load(args: &SettingsArgs, default_dir: &str) -> Result<Self> {
        let file = read_file(args.config.as_deref())?;
        let session_rule = SessionRule::new(
            file.session_idle_minutes.unwrap_or(30),
            file.campaign_starts_session.unwrap_or(false),
        )
        .context("`session_idle_minutes` must be from 1 to 240")?;
        let (rates, connections) = limits(&file);
        let trusted_proxies = match &file.trusted_proxies {
            Some(networks) => TrustedProxies::read(networks)
                .context("`trusted_proxies` must be networks, or `private`")?,
            None => TrustedProxies::default(),
        };
        Ok(Self {
            data_dir: args.data_dir.clone().or(file.data_dir).unwrap_or_else(|| default_dir.into()),
            listen: args.listen.or(file.listen).unwrap_or(([127, 0, 0, 1], 8010).into()),
            state: args.state.clone().or(file.state),
            public_url: args.public_url.clone().or(file.public_url),
            country_database: args.country_database.clone().or(file.country_database),
            spam_referrer_list: file.spam_referrer_list,
            data_centre_list: file.data_centre_list,
            session_rule,
            flush_interval: Duration::from_secs(file.flush_seconds.unwrap_or(20).max(1)),
            query_memory: file.query_memory_mb.unwrap_or(1_024).max(64) << 20,
            rates,
            trusted_proxies,
            connections,
            most_waiting_events: file.most_waiting_events,
            mail: file.mail.map(mail).transpose()?,
            reach: Reach { private: file.webhooks.allow_private_addresses },
        })
    }

    /// The state's address: what was set, or the SQLite file in the data folder.
    pub(crate) fn store_url(&self) -> String {
        self.state.clone().unwrap_or_else(|| sqlite_url(&self.data_dir.join("luotsi.sqlite")))
    }

    /// Opens the state, making folder and file where there are none.
    pub(crate) async fn open_store(&self) -> Result<Store> {
        make_private_folder(&self.data_dir)?;
        let opened = match &self.state {
            Some(url) => Store::open(url, clock::now()).await,
            None => Store::open_file(&self.data_dir.join("luotsi.sqlite"), clock::now()).await,
        };
        opened.context("cannot open the state")
    }

    /// The lists of spam hosts and data centres that the operator keeps.
    pub(crate) fn lists(&self) -> Result<Lists> {
        let text = |path: &Option<PathBuf>| match path {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read `{}`", path.display())),
            None => Ok(String::new()),
        };
        let (spam, data_centres) = (text(&self.spam_referrer_list)?, text(&self.data_centre_list)?);
        Lists::read(&spam, &data_centres).with_context(
            || "`spam_referrer_list` or `data_centre_list` holds a line that is not right",
        )
    }

    pub(crate) fn lake_settings(&self) -> LakeSettings {
        let mut settings = LakeSettings::new(self.data_dir.join("lake"));
        settings.flush_interval = self.flush_interval;
        settings.session = self.session_rule;
        if let Some(most) = self.most_waiting_events {
            settings.max_pending_events = most.max(1);
        }
        settings
    }
}

fn mail(file: MailFile) -> Result<MailSettings> {
    let tls = file.tls.as_deref().unwrap_or("starttls").parse::<MailTls>();
    let tls = tls.context("`tls` of [mail] is not right")?;
    let password = std::env::var("LUOTSI_MAIL_PASSWORD").ok().or(file.password);
    let credentials = match (file.user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => anyhow::bail!("[mail] has a `user` and no `password`"),
        (None, Some(_)) => anyhow::bail!("[mail] has a password and no `user`"),
    };
    let port = file.port.unwrap_or(tls.usual_port());
    let own_authorities = file
        .ca_file
        .map(|path| {
            std::fs::read(&path)
                .with_context(|| format!("cannot read `ca_file` of [mail], `{}`", path.display()))
        })
        .transpose()?;
    if own_authorities.is_some() && tls == MailTls::None {
        anyhow::bail!("[mail] has a `ca_file` and no TLS: set `tls` to starttls or implicit");
    }
    Ok(MailSettings { host: file.host, port, tls, credentials, own_authorities, from: file.from })
}

fn limits(file: &SettingsFile) -> (RateLimits, ConnectionLimits) {
    let (rates, connections) = (RateLimits::default(), ConnectionLimits::default());
    let seconds = |set: Option<u64>, usual: Duration| {
        set.map_or(usual, |seconds| Duration::from_secs(seconds.clamp(1, 3_600)))
    };
    let rates = RateLimits {
        requests_per_address: file
            .requests_per_second_per_address
            .unwrap_or(rates.requests_per_address),
        events_per_site: file.events_per_second_per_site.unwrap_or(rates.events_per_site),
    };
    let connections = ConnectionLimits {
        head: seconds(file.idle_seconds, connections.head),
        body: seconds(file.body_seconds, connections.body),
        connections: file.most_connections.unwrap_or(connections.connections).clamp(1, 1_000_000),
    };
    (rates, connections)
}

fn read_file(named: Option<&Path>) -> Result<SettingsFile> {
    let path = named.unwrap_or(Path::new("luotsi.toml"));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            toml::from_str(&text).with_context(|| format!("`{}` is not right", path.display()))
        }
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok(SettingsFile::default())
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Makes the folder; only its owner may look into it.
pub(crate) fn make_private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path)
        .with_context(|| format!("cannot make the data folder `{}`", path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot protect the data folder `{}`", path.display()))?;
    }
    Ok(())
}
