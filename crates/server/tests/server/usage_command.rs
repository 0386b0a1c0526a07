//! `keydeck-server usage`: what the operator is told, while the server runs.

use serde_json::json;

use crate::support::process::run;
use crate::support::{As, World, new_key};

/// What follows a heading, up to the empty line, as words.
fn told<'a>(text: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let lines = text.lines().skip_while(|line| !line.starts_with(heading)).skip(1).take_while(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().collect()).collect()
}

#[tokio::test]
async fn the_operator_sees_every_organization_and_what_belongs_to_none() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.member, new_key("Worker")).await;
    for _ in 0..3 {
        world.verify(&secret).await;
    }
    world.verifier.post("/v1/verify", &json!({ "key": "nonsense" })).await.is(200);
    world.other_verifier.post("/v1/verify", &json!({ "key": "" })).await.is(200);
    // Exposed to be changed: a key that nobody knows asks about itself, which is nobody's.
    let known = secret.expose();
    let unknown = known.replace(&known[8..12], "0000");
    As::bearer(world.address, &unknown).get("/v1/self").await.is(401);
    world.server.flush_usage().await.unwrap();

    let folder = world.data_dir().to_str().unwrap();
    let (done, said, error) = run(world.data_dir(), &["usage", "--data-dir", folder], "").await;
    assert!(done, "{error}");
    assert_eq!(
        told(&said, &format!("Northwind  {}", world.organization)),
        [vec!["accepted", "3"], vec!["malformed", "1"], vec!["of", "these", "unattributed", "1"], vec!["total", "4"]]
    );
    assert_eq!(
        told(&said, &format!("Contoso  {}", world.other_organization)),
        [vec!["missing", "1"], vec!["of", "these", "unattributed", "1"], vec!["total", "1"]]
    );
    assert_eq!(told(&said, "nobody's").last().unwrap(), &["total", "1"]);
    assert_eq!(told(&said, "all together"), [["unattributed", "3"], ["total", "6"]]);

    let long_ago = ["usage", "--data-dir", folder, "--from", "2020-01-01", "--to", "2020-01-31"];
    let (done, said, error) = run(world.data_dir(), &long_ago, "").await;
    assert!(done, "{error}");
    assert_eq!(told(&said, "all together"), [["unattributed", "0"], ["total", "0"]]);
    for wrong in [["--from", "2020-02-01", "--to", "2020-01-31"], ["--from", "yesterday", "--to", "2020-01-31"]] {
        let (done, ..) = run(world.data_dir(), &[["usage", "--data-dir", folder].as_slice(), &wrong].concat(), "").await;
        assert!(!done, "{wrong:?}");
    }
    let empty = tempfile::tempdir().unwrap();
    let (done, _, error) = run(empty.path(), &["usage"], "").await;
    assert!(!done && error.contains("nothing was counted here"), "{error}");
}
