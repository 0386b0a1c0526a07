//! A certificate and its key, read from their files and held against each other and the clock.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use zeroize::Zeroizing;

use super::TlsFiles;
use crate::times;

/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Why a certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{path}: {source}. The account that runs keydeck-server must be able to read it")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read the key, or change it.
    #[error(
        "the key {path} has mode {mode:04o}: others may read or change it. Give it mode 0600, or 0640 for a group of its own"
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no certificate in the file.
    #[error("{0} holds no certificate: give a PEM file that begins with the server's certificate")]
    NoCertificate(PathBuf),
    /// There is no key in the file.
    #[error("{0} holds no private key: give a PEM file with the certificate's key, not protected by a password")]
    NoKey(PathBuf),
    /// The key belongs to another certificate.
    #[error("the key {key} does not belong to the first certificate of {certificate}: give the two that were made together")]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate is over.
    #[error("the certificate {path} expired on {at}: renew it")]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: DateTime<Utc>,
    },
    /// The certificate has not begun.
    #[error("the certificate {path} is not valid before {at}: is the clock of this machine right?")]
    TooEarly {
        /// The file.
        path: PathBuf,
        /// When it begins.
        at: DateTime<Utc>,
    },
    /// Something else is wrong with it.
    #[error("the certificate can't be used: {0}")]
    Refused(#[source] rustls::Error),
}

/// A certificate and key that fit.
pub(crate) struct Pair {
    pub(super) key: CertifiedKey,
    /// SHA-256 over both files.
    pub(super) seal: [u8; 32],
    pub(crate) certificate: Certificate,
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    /// The names and addresses that it is for.
    pub(crate) names: Vec<String>,
    pub(crate) not_after: DateTime<Utc>,
}

/// The one that every part of this workspace uses.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

impl Pair {
    /// Reads both files and looks whether they can be used now.
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let chain_text = content(&files.certificate, |_| Ok(()))?;
        let key_text = content(&files.key, |file| private(file, &files.key))?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain_text)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate(files.certificate.clone()))?;
        let first = chain.first().ok_or_else(|| TlsError::NoCertificate(files.certificate.clone()))?;
        let (certificate, begins) = Certificate::read(first).ok_or_else(|| TlsError::NoCertificate(files.certificate.clone()))?;
        let key = PrivateKeyDer::from_pem_slice(&key_text).map_err(|_| TlsError::NoKey(files.key.clone()))?;
        let key = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                TlsError::Mismatch { certificate: files.certificate.clone(), key: files.key.clone() }
            }
            error => TlsError::Refused(error),
        })?;
        let now = times::now();
        if now >= certificate.not_after {
            return Err(TlsError::Expired { path: files.certificate.clone(), at: certificate.not_after });
        }
        if now < begins {
            return Err(TlsError::TooEarly { path: files.certificate.clone(), at: begins });
        }
        let mut seal = Sha256::new();
        seal.update(Sha256::digest(&*chain_text));
        seal.update(&*key_text);
        Ok(Self { key, seal: seal.finalize().into(), certificate })
    }
}

impl Certificate {
    /// Reads it; gives with it when it begins.
    fn read(der: &[u8]) -> Option<(Self, DateTime<Utc>)> {
        // As it is written: authorities have made certificates that are not quite after the rules, and clients take them.
        let parsed = CertificateInner::<Raw>::from_der(der).ok()?;
        let parsed = parsed.tbs_certificate();
        let names = parsed.get_extension::<SubjectAltName>().ok().flatten();
        let names = names.map(|(_, names)| names.0.iter().filter_map(name).collect()).unwrap_or_default();
        let instant = |since_1970: Duration| DateTime::from_timestamp(since_1970.as_secs().try_into().ok()?, 0);
        let not_after = instant(parsed.validity().not_after.to_unix_duration())?;
        Some((Self { names, not_after }, instant(parsed.validity().not_before.to_unix_duration())?))
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let four = <[u8; 4]>::try_from(bytes).map(std::net::IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(std::net::IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn content(path: &Path, allowed: impl FnOnce(&File) -> Result<(), TlsError>) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file, not of the name, so that it can't be exchanged in between.
    allowed(&file)?;
    // Room for all of it at once: a buffer that grows leaves its content behind.
    let length = file.metadata().map_err(failed)?.len().min(LONGEST);
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(LONGEST).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

/// A group of its own may read a key, as Debian's `ssl-cert` does; nobody else, and nobody but the owner
/// may change it.
#[cfg(unix)]
fn private(file: &File, path: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| TlsError::File { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o027 == 0 { Ok(()) } else { Err(TlsError::Mode { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn private(_: &File, _: &Path) -> Result<(), TlsError> {
    // The access list of the folder protects it: there is no mode to look at.
    Ok(())
}
