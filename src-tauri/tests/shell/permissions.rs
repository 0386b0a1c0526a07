//! Who may call what. Tauri's own rules are in force here; there is only no webview.

use keydeck_console::error::{Error, ErrorCode};
use keydeck_desktop::{Desktop, LABEL, NAMES, handler};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

const HOME: &str = "tauri://localhost";
/// What every command says here: the console behind them did not start, so that nothing is done.
const REACHED: &str = "reached the command";

fn app() -> App<MockRuntime> {
    let app = mock_builder().invoke_handler(handler()).build(tauri::generate_context!(test = true)).unwrap();
    tauri::Manager::manage(&app, Desktop::new(Err(Error::new(ErrorCode::Internal, REACHED))));
    app
}

fn window(app: &App<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::default()).build().unwrap()
}

fn call(window: &WebviewWindow<MockRuntime>, command: &str, from: &str) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: from.parse().unwrap(),
        body: InvokeBody::Json(arguments()),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

/// What any of the commands may want: each takes what it knows.
fn arguments() -> Value {
    let id = "018f2b6a-0000-7000-8000-000000000000";
    json!({
        "operation": "o", "id": id, "organization": id, "email": "ada@example.org", "password": "x", "address": "https://example.org",
        "caFile": null, "query": {}, "version": 1, "change": {}, "keep": true, "form": { "form": "plain" }, "url": "https://example.org",
        "preferences": {}, "link": "x", "session": id, "current": "x", "next": "x", "name": "a", "user": id, "role": "member",
        "invitation": id, "verifier": id, "format": "csv", "webhook": id, "keys": [id], "width": 800, "before": true,
        "stem": "usage", "png": "", "kind": "memory_api", "tenant": null, "rotateBy": null, "limits": { "items": [] },
        "claim": {
            "token": "x", "email": "ada@example.org", "name": "Ada", "password": "x", "organization": "Northwind", "prefix": "nw",
        },
    })
}

/// Those whose argument has one name and several types.
fn reaches(window: &WebviewWindow<MockRuntime>, command: &str) -> bool {
    let id = arguments()["id"].clone();
    let join = json!({
        "link": "x", "ca_file": null, "connection_name": "a", "colour": "blue", "name": "Ada", "password": "x",
    });
    let variants = [
        json!({ "connection": id, "key": { "connection": id, "organization": id, "key": id } }),
        json!({ "connection": id, "key": { "name": "a", "environment": "test", "scopes": ["read"] } }),
        json!({ "connection": { "name": "a", "colour": "blue", "address": "https://example.org", "ca_file": null } }),
        json!({ "connection": id, "organization": { "name": "Northwind", "prefix": "nw" } }),
        json!({ "connection": id, "invitation": { "email": "ben@example.org", "role": "member" } }),
        json!({ "connection": id, "verifier": { "name": "Gateway" } }),
        json!({ "form": join }),
        json!({ "connection": id, "key": { "name": "Shop", "environment": "test", "note": "", "rotate_by": null } }),
        json!({ "connection": id, "query": { "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "step": "hour" } }),
        json!({ "connection": id, "query": { "days": 90 } }),
        json!({ "connection": id, "webhook": { "name": "Chat", "url": "https://example.org/hook" } }),
        json!({ "connection": id, "key": { "connection": id, "organization": id, "key": id } }),
    ];
    variants.into_iter().any(|variant| {
        let mut body = arguments();
        for (name, value) in variant.as_object().unwrap() {
            body[name] = value.clone();
        }
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: HOME.parse().unwrap(),
            body: InvokeBody::Json(body),
            headers: tauri::http::HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        matches!(get_ipc_response(window, request), Err(error) if error["message"] == REACHED)
    })
}

fn is_denied(answer: &Result<Value, Value>) -> bool {
    matches!(answer, Err(Value::String(why)) if why.contains("not allowed"))
}

#[test]
fn the_window_reaches_every_command() {
    let app = app();
    let main = window(&app, LABEL);
    for name in NAMES {
        assert!(reaches(&main, name), "{name}: {:?}", call(&main, name, HOME));
    }
}

#[test]
fn no_other_window_and_no_other_page_reaches_any() {
    let app = app();
    let other = window(&app, "other");
    let main = window(&app, LABEL);
    for name in NAMES {
        assert!(is_denied(&call(&other, name, HOME)), "{name} from another window");
        for from in ["https://example.org/", "http://localhost:1420/", "http://127.0.0.1/", "sealed://localhost/blank"] {
            assert!(is_denied(&call(&main, name, from)), "{name} from {from}");
        }
    }
}

#[test]
fn what_tauri_brings_along_is_closed() {
    let app = app();
    let main = window(&app, LABEL);
    let closed = [
        "plugin:window|close",
        "plugin:window|title",
        "plugin:window|set_title",
        "plugin:window|get_all_windows",
        "plugin:webview|create_webview_window",
        "plugin:webview|internal_toggle_devtools",
        "plugin:event|emit",
        "plugin:event|emit_to",
        "plugin:app|version",
        "plugin:path|resolve_directory",
        "plugin:resources|close",
        "plugin:window-state|save_window_state",
        "plugin:window-state|restore_state",
    ];
    for command in closed {
        let answer = call(&main, command, HOME);
        assert!(answer.is_err(), "{command} answers {answer:?}");
        assert!(!matches!(&answer, Err(error) if error["message"] == REACHED), "{command}");
    }
}

/// T32: script in the page asks for a plaintext.
#[test]
fn there_is_no_command_for_a_plaintext() {
    let app = app();
    let main = window(&app, LABEL);
    for command in ["get_secret", "read_secret", "read_clipboard", "secret", "token", "session_token", "export_key", "vault_read"]
    {
        assert!(!NAMES.contains(&command));
        assert!(!reaches(&main, command), "{command}");
    }
}
