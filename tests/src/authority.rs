//! A certificate authority of the tests' own, that nobody trusts but who names its file.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// A certificate authority. Its key is in memory alone, and gone with it.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// Where there is no randomness.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes its own certificate into a folder, for whoever is to trust it.
    ///
    /// # Panics
    /// Where the folder can't be written.
    #[must_use]
    pub fn write_into(&self, folder: &Path) -> PathBuf {
        let certificate: &rcgen::Certificate = self.0.as_ref();
        let path = folder.join("authority.pem");
        std::fs::write(&path, certificate.pem()).unwrap();
        path
    }

    /// Writes a certificate for these hosts into a folder, and its key: `certificate.pem` and `key.pem`.
    ///
    /// # Panics
    /// Where the folder can't be written.
    #[must_use]
    pub fn issue_into(&self, folder: &Path, hosts: &[&str]) -> (PathBuf, PathBuf) {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(hosts).unwrap().signed_by(&key, &self.0).unwrap();
        let paths = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&paths.0, certificate.pem()).unwrap();
        let mut file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&paths.1).unwrap();
        std::io::Write::write_all(&mut file, key.serialize_pem().as_bytes()).unwrap();
        paths
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
