//! TLS as a client: who is trusted, and what is wrong with who is not.

use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore, crypto};

/// A connector that trusts whom the system trusts; where it names nobody, the authorities that browsers trust.
/// Authorities in `own` (PEM) are trusted besides.
pub(crate) fn connector(own: Option<&[u8]>) -> Result<TlsConnector, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    if let Some(pem) = own {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates =
            certificates.map_err(|error| Error::General(format!("`ca_file`: {error}")))?;
        if certificates.is_empty() {
            return Err(Error::General("`ca_file` holds no certificate (in PEM)".to_owned()));
        }
        for certificate in certificates {
            roots.add(certificate)?;
        }
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Why a connection to a host could not be secured, in words that say what to do.
pub(crate) fn told(error: &io::Error, host: &str) -> String {
    let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let Some(Error::InvalidCertificate(why)) = refused else { return error.to_string() };
    match why {
        CertificateError::UnknownIssuer => {
            "its certificate is signed by nobody that this machine trusts; name the authority's certificate as \
             `ca_file` if it is your own"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("its certificate is not for `{host}`; give the name that the certificate has as `host`")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; look at the clock of this machine".to_owned()
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "its certificate is an authority's own; sign one for the server with it, and name the authority's as \
             `ca_file`"
                .to_owned()
        }
        other => format!("its certificate is refused: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let refused = |pem: &[u8]| connector(Some(pem)).err().map(|error| error.to_string());
        assert!(refused(b"not a certificate").is_some_and(|why| why.contains("no certificate")));
        let torn = b"-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(refused(torn).is_some_and(|why| why.contains("ca_file")), "{:?}", refused(torn));
        assert!(connector(None).is_ok());
    }

    #[test]
    fn a_refused_certificate_says_what_to_do() {
        let of = |why| told(&io::Error::other(Error::InvalidCertificate(why)), "mail.example");
        assert!(of(CertificateError::UnknownIssuer).contains("ca_file"));
        assert!(of(CertificateError::NotValidForName).contains("`mail.example`"));
        assert_eq!(of(CertificateError::Expired), "its certificate has expired");
        assert_eq!(told(&io::Error::other("reset"), "mail.example"), "reset");
    }
}
