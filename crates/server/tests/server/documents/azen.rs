//! Azen's page lost its examples when it became text: "Test your authentication setup with a simple request:". So the
//! one here is ours, as the sentence beside it says: "All API requests must include an API key in the azen-api-key header."

use keydeck_domain::Dialect;

use super::machine::Machine;
use super::shell::{Example, JAVASCRIPT_SHOWS, Language, PYTHON_SHOWS};
use crate::support::new_key;

const KEY: &str = "az_your_api_key";

fn examples() -> [Example; 3] {
    [
        Example::of(Language::Shell, "curl https://api.azen.test/api/v1/memories \\\n  -H \"azen-api-key: az_your_api_key\"\n"),
        Example::of(
            Language::JavaScript,
            "const response = await fetch('https://api.azen.test/api/v1/memories', {\n  headers: { 'azen-api-key': 'az_your_api_key' },\n});\n",
        )
        .then(JAVASCRIPT_SHOWS),
        Example::of(
            Language::Python,
            "import requests\nresponse = requests.get('https://api.azen.test/api/v1/memories', headers={'azen-api-key': 'az_your_api_key'})\n",
        )
        .then(PYTHON_SHOWS),
    ]
}

#[tokio::test]
async fn a_simple_request_tests_the_authentication_set_up() {
    let machine = Machine::new(Dialect::Azen, &[]).await;
    let (id, key) = machine.key(&new_key("Worker")).await;
    assert!(key.starts_with("az_"));
    for example in examples() {
        let example = example.with("https://api.azen.test", &machine.base());
        // Azen: "Missing API Key (401)"
        let status = machine.run(&Example::with(example, KEY, "")).await.answer().0;
        assert_eq!(status, 401);
    }
    for example in examples() {
        // Azen: "Invalid API Key (403)"
        let example = example.with("https://api.azen.test", &machine.base());
        assert_eq!(machine.run(&example).await.answer().0, 403);
        let (status, memories) = machine.run(&example.with(KEY, &key)).await.answer();
        assert_eq!((status, memories["total"].as_u64()), (200, Some(0)));
    }
    machine.revoke(&id).await;
    let [curl, ..] = examples();
    let revoked = curl.with("https://api.azen.test", &machine.base()).with(KEY, &key);
    assert_eq!(machine.run(&revoked).await.answer().0, 403);
}
