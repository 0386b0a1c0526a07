//! Azerion AI's examples.

use keydeck_domain::Dialect;

use super::machine::Machine;
use super::shell::{Example, Language, indented};
use crate::support::new_key;

const KEY: &str = "sk-xxxxxxxxxxxxxxxxxxxxxxxx";

#[tokio::test]
async fn the_examples_give_the_models_and_refuse_as_apis_of_this_style_do() {
    let machine = Machine::new(Dialect::Azerion, &[]).await;
    let wanted = keydeck_domain::api::keys::NewKey {
        scopes: ["models".parse().unwrap()].into_iter().collect(),
        // "Give it a descriptive name (e.g., "My Project Key")."
        ..new_key("My Project Key")
    };
    let (id, key) = machine.key(&wanted).await;

    let curl = || {
        Example::of(Language::Shell, include_str!("../../../../../tests/documents/azerion-curl.txt"))
            .with("https://api.azerion.ai", &machine.base())
    };
    let (status, models) = machine.run(&curl().with(KEY, &key)).await.answer();
    assert_eq!((status, models["object"].as_str()), (200, Some("list")));
    let (status, refusal) = machine.run(&curl()).await.answer();
    assert_eq!((status, refusal["error"]["code"].as_str()), (401, Some("invalid_api_key")));

    let python = |key: &str| {
        Example::of(Language::Python, &indented(include_str!("../../../../../tests/documents/azerion-python.txt")))
            .with("https://api.azerion.ai", &machine.base())
            // "Use environment variables (export AZERION_API_KEY='your_key')"
            .variable("AZERION_API_KEY", key)
    };
    let good = machine.run(&python(&key)).await.text;
    assert!(good.starts_with("{'object': 'list'") || good.contains("'object': 'list'"), "{good}");
    // "Revoke keys immediately if you suspect they have been compromised."
    machine.revoke(&id).await;
    let refused = machine.run(&python(&key)).await.text;
    let lines: Vec<&str> = refused.lines().collect();
    assert!(lines[0].starts_with("An error occurred: 401 Client Error"), "{refused}");
    assert_eq!(lines[1], "Status Code: 401");
    assert!(lines[2].starts_with("Response Body: ") && lines[2].contains("invalid_api_key"), "{refused}");
    assert_eq!(machine.run(&curl().with(KEY, &key)).await.answer().0, 401);
}
