//! The files of the certificate: what stands in the way of a start, and what happens when they change.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keydeck_server::tls::{Looked, Tls, TlsError, TlsFiles};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::support::authority::{GOOD, files, shown, write_key};
use crate::support::process::{Process, command, run, set_up};
use crate::support::world::serve_https;
use crate::support::{As, Authority, Log, World};

/// Asks for nothing on a connection that goes on living.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 204"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_nobody_is_cut_off() {
    let (world, authority, folder) = (World::new().await, Authority::new(), tempfile::tempdir().unwrap());
    let tls = Tls::open(authority.issue_into(folder.path(), GOOD)).unwrap();
    let (address, _running) = serve_https(&world.server, tls.clone()).await;
    let mut before = authority.connect(address).await.unwrap();
    ask(&mut before).await;
    assert_eq!(tls.look(true), Looked::Unchanged);

    authority.issue_into(folder.path(), GOOD);
    assert_eq!(tls.look(true), Looked::Renewed);
    assert_eq!(tls.look(true), Looked::Unchanged);
    ask(&mut before).await;
    let mut after = authority.connect(address).await.unwrap();
    ask(&mut after).await;
    assert_ne!(shown(&before), shown(&after));
    ask(&mut before).await;
}

#[tokio::test]
async fn a_broken_pair_is_told_once_and_the_one_of_before_stays() {
    let log = Log::capture();
    let (world, authority, folder) = (World::new().await, Authority::new(), tempfile::tempdir().unwrap());
    let files = authority.issue_into(folder.path(), GOOD);
    let tls = Tls::open(files.clone()).unwrap();
    let (address, _running) = serve_https(&world.server, tls.clone()).await;
    let first = shown(&authority.connect(address).await.unwrap());
    let still = async || {
        As::encrypted(address, &authority).get("/livez").await.is(204);
        shown(&authority.connect(address).await.unwrap()) == first
    };

    // Half of a renewal: it may be complete at the next look.
    let (certificate, key) = authority.issue(GOOD);
    std::fs::write(&files.certificate, &certificate).unwrap();
    assert_eq!(tls.look(true), Looked::Wrong);
    assert_eq!(log.alerts().len(), 0);
    assert_eq!(tls.look(true), Looked::Wrong);
    assert_eq!(log.alerts().len(), 1);
    assert!(log.alerts()[0]["error"].as_str().unwrap().contains("does not belong"), "{:?}", log.alerts());
    assert_eq!(tls.look(true), Looked::Wrong);
    assert_eq!(log.alerts().len(), 1, "told once");
    assert!(still().await);

    // Who asks for a look is told at once.
    for (count, break_it) in (2..).zip([
        &(|| std::fs::write(&files.certificate, "nonsense").unwrap()) as &dyn Fn(),
        &|| std::fs::remove_file(&files.certificate).unwrap(),
        &|| drop(authority.issue_into(folder.path(), (-9, -1))),
        &|| {
            authority.issue_into(folder.path(), GOOD);
            std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o644)).unwrap();
        },
    ]) {
        break_it();
        assert_eq!(tls.look(false), Looked::Wrong);
        assert_eq!(log.alerts().len(), count);
        assert!(still().await);
    }

    // The half of before becomes whole.
    std::fs::write(&files.certificate, &certificate).unwrap();
    write_key(&files.key, &key);
    assert_eq!(tls.look(true), Looked::Renewed);
    assert!(!still().await);
    assert!(!log.text().contains("PRIVATE KEY") && !log.text().contains(key.lines().nth(1).unwrap()));
}

#[tokio::test]
async fn sighup_asks_for_a_look_and_ends_nothing() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    set_up(folder.path()).await;
    let files = authority.issue_into(folder.path(), GOOD);
    let process = Process::serve_with(folder.path(), "info", |command| {
        command.env("KEYDECK_TLS_CERTIFICATE", &files.certificate).env("KEYDECK_TLS_KEY", &files.key);
    })
    .await;
    let mut before = authority.connect(process.address).await.unwrap();
    ask(&mut before).await;
    authority.issue_into(folder.path(), GOOD);
    process.signal("-HUP").await;
    while shown(&authority.connect(process.address).await.unwrap()) == shown(&before) {
        tokio::task::yield_now().await;
    }
    ask(&mut before).await;
    let (ended, log) = process.terminate().await;
    assert!(ended && log.contains("another certificate is used"), "{log}");

    let process = Process::serve(folder.path(), "info").await;
    process.signal("-HUP").await;
    let anonymous = As::anonymous(process.address);
    for _ in 0..20 {
        anonymous.get("/livez").await.is(204);
    }
    assert!(process.terminate().await.0);
}

#[tokio::test]
async fn a_start_without_a_good_pair_is_refused_with_what_to_do() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    set_up(folder.path()).await;
    let files = files(folder.path());
    let start = async || {
        let mut command = command(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0", "--tls-certificate"]).arg(&files.certificate);
        let output = command.arg("--tls-key").arg(&files.key).output().await.unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("PRIVATE KEY"), "{said}");
        said
    };
    let said = start().await;
    assert!(said.contains("certificate.pem") && said.contains("must be able to read"), "{said}");
    authority.issue_into(folder.path(), (-9, -1));
    assert!(start().await.contains("expired on"));
    authority.issue_into(folder.path(), (2, 9));
    assert!(start().await.contains("not valid before"));
    let (certificate, key) = authority.issue(GOOD);
    std::fs::write(&files.certificate, &certificate).unwrap();
    assert!(start().await.contains("does not belong to the first certificate"));
    write_key(&files.key, &key);
    std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o604)).unwrap();
    assert!(start().await.contains("has mode 0604"));
    write_key(&files.key, &certificate);
    assert!(start().await.contains("holds no private key"));
    write_key(&files.key, &key);
    std::fs::write(&files.certificate, &key).unwrap();
    assert!(start().await.contains("holds no certificate"));

    // One of the two alone is no https.
    for alone in ["--tls-certificate", "--tls-key"] {
        let (done, _, said) = run(folder.path(), &["serve", alone, "x.pem"], "").await;
        assert!(!done && said.contains("--tls-"), "{said}");
    }
}

#[test]
fn a_key_that_others_may_read_or_change_is_refused_before_it_is_read() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = authority.issue_into(folder.path(), GOOD);
    let open = |mode| {
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(mode)).unwrap();
        Tls::open(files.clone()).map(drop)
    };
    for mode in [0o600, 0o400, 0o640, 0o440] {
        assert!(open(mode).is_ok(), "{mode:o}");
    }
    for mode in [0o644, 0o604, 0o660, 0o620, 0o602, 0o601] {
        assert!(matches!(open(mode), Err(TlsError::Mode { mode: said, .. }) if said == mode), "{mode:o}");
    }
}

#[tokio::test]
async fn the_doctor_looks_at_the_certificate() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    set_up(folder.path()).await;
    let examine = async |files: &TlsFiles| {
        let path = |path: &Path| path.display().to_string();
        let (certificate, key) = (path(&files.certificate), path(&files.key));
        let arguments = ["doctor", "--listen", "0.0.0.0:443", "--tls-certificate", &certificate, "--tls-key", &key];
        let (done, said, _) = run(folder.path(), &arguments, "").await;
        let line = said.lines().find(|line| line.contains(" certificate ")).unwrap().to_owned();
        assert!(said.contains("listens on 0.0.0.0:443, over https"), "{said}");
        (done, line)
    };
    let (_, line) = examine(&authority.issue_into(folder.path(), GOOD)).await;
    assert!(line.starts_with("well") && line.contains("localhost, 127.0.0.1") && line.contains("the key fits"), "{line}");
    let (_, line) = examine(&authority.issue_into(folder.path(), (-2, 20))).await;
    assert!(line.starts_with("warning") && line.contains("19 days"), "{line}");
    for days in [(-2, 2), (-9, -1)] {
        let (done, line) = examine(&authority.issue_into(folder.path(), days)).await;
        assert!(!done && line.starts_with("ILL"), "{line}");
    }
    let files = authority.issue_into(folder.path(), GOOD);
    write_key(&files.key, &authority.issue(GOOD).1);
    let (done, line) = examine(&files).await;
    assert!(!done && line.contains("does not belong"), "{line}");
}
