//! The window stays where it is, whatever script in it tries.

use keydeck_tests::{Desktop, Machine};
use serde_json::json;

/// T31–T35 and F41, as a script in the page would try them.
#[tokio::test(flavor = "multi_thread")]
async fn script_in_the_page_gets_nowhere() {
    let machine = Machine::start();
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;

    // T34: it can't leave.
    for away in
        ["https://example.org/", "http://127.0.0.1:1/", "file:///etc/passwd", "data:text/html,hello", "tauri://example.org/"]
    {
        page.client.execute("window.stays = true; location.href = arguments[0]", vec![json!(away)]).await.unwrap();
        page.holds("the page is still there", "return [location.origin, window.stays]", vec![], |at| {
            *at == json!(["tauri://localhost", true])
        })
        .await;
    }

    // T34: it holds no frame but the sealed one, and loads nothing from elsewhere. Each try must end
    // in a violation of the policy; the policy in force is the tested one.
    let script = "
        const done = arguments[0];
        const seen = new Set();
        document.addEventListener('securitypolicyviolation', (event) => {
            seen.add(event.effectiveDirective);
            window.policy = event.originalPolicy;
            if (seen.size === 6) done([...seen].sort());
        });
        const put = (tag, how) => document.body.append(Object.assign(document.createElement(tag), how));
        put('iframe', { src: 'https://example.org/' });
        put('img', { src: 'https://example.org/x.png' });
        put('script', { src: 'https://example.org/x.js' });
        put('style', { textContent: 'body { display: none }' });
        put('object', { data: 'https://example.org/x' });
        fetch('https://example.org/').catch(() => {});";
    let violated = page.client.execute_async(script, vec![]).await.unwrap();
    assert_eq!(violated, json!(["connect-src", "frame-src", "img-src", "object-src", "script-src-elem", "style-src-elem"]));
    let policy = page.client.execute("return window.policy", vec![]).await.unwrap();
    let policy = policy.as_str().unwrap();
    for directive in
        ["default-src 'none'", "script-src 'self'", "frame-src sealed://localhost", "form-action 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");

    // T35.
    let polluted =
        "try { Object.prototype.polluted = true } catch {} return [Object.isFrozen(Object.prototype), ({}).polluted ?? null]";
    assert_eq!(page.client.execute(polluted, vec![]).await.unwrap(), json!([true, null]));
    assert_eq!(page.client.execute("return typeof window.__TAURI__", vec![]).await.unwrap(), json!("undefined"));

    // T32, T33.
    for command in
        ["read_secret", "plugin:window|title", "plugin:window|close", "plugin:event|emit", "plugin:webview|create_webview_window"]
    {
        let refused = page.call(command, json!({ "label": "main", "event": "keydeck", "payload": {} })).await;
        assert!(refused.is_err(), "{command}: {refused:?}");
    }
    for link in ["file:///etc/passwd", "smb://host/share", "javascript:alert(1)", "http://example.org/", "data:text/html,x"] {
        let refused = page.call("open_link", json!({ "url": link })).await.unwrap_err();
        assert_eq!(refused["code"], json!("unsafe_link"), "{link}");
    }

    // F41: the machine says `LANG=C`.
    let language = page.client.execute("return [navigator.language, new Intl.NumberFormat().format(1)]", vec![]).await.unwrap();
    assert_eq!(language, json!(["en-US", "1"]));
    desktop.quit().await;
}

/// T41: what script writes is in memory and ends with the program; nothing of it lies in the home folder.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_stores_does_not_stay() {
    let machine = Machine::start();
    let desktop = Desktop::start(&machine).await;
    let store = "const done = arguments[0]; localStorage.setItem('planted', 'canary-in-storage'); \
                 const open = indexedDB.open('planted', 1); \
                 open.onupgradeneeded = () => open.result.createObjectStore('s').put('canary-in-storage', 1); \
                 open.onsuccess = () => done(localStorage.getItem('planted')); open.onerror = () => done('failed');";
    assert_eq!(desktop.page.client.execute_async(store, vec![]).await.unwrap(), json!("canary-in-storage"));
    let webview = machine.folder().join("run/keydeck/webview");
    assert!(webview.is_dir(), "the webview's folder is the one in memory");
    desktop.quit().await;

    let planted = ["canary-in-storage".to_owned()];
    assert_eq!(keydeck_tests::canary::find(&planted, &[&machine.home()]), Vec::<std::path::PathBuf>::new());
    let desktop = Desktop::start(&machine).await;
    let read = desktop.page.client.execute("return localStorage.getItem('planted')", vec![]).await.unwrap();
    assert_eq!(read, json!(null));
    desktop.quit().await;
}
