//! axe-core inside the real WebKit.

use serde_json::{Value, json};

use crate::desktop::root;
use crate::page::Page;

/// Fails where axe finds something serious or critical.
///
/// # Panics
/// Where it does, or can't run.
pub async fn check(page: &Page, view: &str) {
    let axe = std::fs::read_to_string(root().join("ui/node_modules/axe-core/axe.min.js")).expect("`npm ci` in ui/ brings it");
    // The sealed frame is another document, which lets nobody in.
    let script = format!(
        "{axe}\nconst done = arguments[arguments.length - 1];\n\
         axe.run(document, {{ iframes: false }}).then((found) => done(found.violations), (error) => done([{{ impact: 'critical', help: String(error), nodes: [] }}]));"
    );
    let found = page.client.execute_async(&script, vec![]).await.unwrap();
    let grave: Vec<Value> = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| matches!(finding["impact"].as_str(), Some("serious" | "critical")))
        .map(|finding| {
            let where_: Vec<&Value> = finding["nodes"].as_array().into_iter().flatten().map(|node| &node["html"]).collect();
            json!({ "rule": finding["id"], "help": finding["help"], "where": where_ })
        })
        .collect();
    assert!(grave.is_empty(), "{view}: axe finds {}", serde_json::to_string_pretty(&grave).unwrap());
}
