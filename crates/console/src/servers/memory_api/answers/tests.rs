use super::*;
use proptest::prelude::*;

fn loose(json: &str) -> Loose {
    serde_json::from_str(json).expect("JSON")
}

fn by() -> Person {
    foreign::person(&foreign::nobody("Memory API", "memory.example").expect("somebody"))
}

fn with<T>(read: impl FnOnce(&Ids, &Owner<'_>) -> T) -> T {
    let by = by();
    let organization = OrganizationId(foreign::id("x", "y"));
    let now = "2026-11-22T09:15:00Z".parse().expect("a time");
    read(&Ids::default(), &Owner { organization, by: &by, now })
}

fn one(json: &str) -> Option<Key> {
    with(|ids, owner| key(&loose(json), ids, owner))
}

const ROW: &str = r#"{"id":"key_abc123","name":"Production Server","key_prefix":"mem_live_abcd...wxyz","environment":"live",
    "scopes":["read","write"],"is_active":true,"created_at":"2026-01-02T03:04:05Z","last_used_at":null,"expires_at":null,"more":{}}"#;

#[test]
fn a_list_has_many_shapes() {
    for body in [
        format!("[{ROW}]"),
        format!(r#"{{"data":[{ROW}]}}"#),
        format!(r#"{{"keys":[{ROW}]}}"#),
        format!(r#"{{"api_keys":[{ROW}]}}"#),
        format!(r#"{{"apiKeys":[{ROW}]}}"#),
        format!(r#"{{"success":true,"data":{{"keys":[{ROW}]}}}}"#),
    ] {
        let read = with(|ids, owner| listed(&loose(&body), ids, owner)).expect("a list");
        assert_eq!(read.keys.len(), 1, "{body}");
        assert_eq!((read.keys[0].name.as_str(), read.next), ("Production Server", None));
    }
    let pages = format!(r#"{{"data":[{ROW}],"pagination":{{"next":"key_abc123","has_next":true}}}}"#);
    assert_eq!(with(|ids, owner| listed(&loose(&pages), ids, owner)).expect("a list").next.as_deref(), Some("key_abc123"));
    for other in ["{}", r#"{"data":"x"}"#, "7", r#"[{"name":"no id"}]"#, r#"{"data":{"data":{"data":[]}}}"#] {
        let error = with(|ids, owner| listed(&loose(other), ids, owner)).err().map(|error| error.code);
        assert_eq!(error, Some(ErrorCode::BadAnswer), "{other}");
    }
    assert_eq!(with(|ids, owner| listed(&loose(r#"{"data":[]}"#), ids, owner)).expect("a list").keys, Vec::new());
}

#[test]
fn a_key_in_snake_and_in_camel_case() {
    let snake = one(ROW).expect("a key");
    let camel = one(r#"{"id":"key_abc123","name":"Production Server","keyPrefix":"mem_live_abcd...wxyz","environment":"live",
            "scopes":["read","write"],"isActive":true,"createdAt":"2026-01-02T03:04:05Z"}"#);
    assert_eq!(camel, Some(snake.clone()));
    assert_eq!((snake.hint.to_string().as_str(), snake.scopes.spaced().as_str()), ("mem_live_abcd…wxyz", "read write"));
    assert_eq!((snake.status, snake.environment), (KeyStatus::Active, Environment::Live));
}

/// Memory API: "`mem_live_...` - Production keys (counts against billing)", "`mem_test_...` - Sandbox keys (free, for
/// testing)".
#[test]
fn the_form_of_a_key_tells_its_environment() {
    let check = |json: &str, environment, hint: &str| {
        let key = one(json).expect("a key");
        assert_eq!((key.environment, key.hint.to_string().as_str()), (environment, hint), "{json}");
    };
    check(r#"{"id":1,"prefix":"mem_test_abcd"}"#, Environment::Test, "mem_test_abcd…");
    check(r#"{"id":"a","hint":"mem_live_…wxyz"}"#, Environment::Live, "mem_live_…wxyz");
    check(r#"{"id":"a","environment":"sandbox"}"#, Environment::Test, "mem_test_…");
    check(r#"{"id":"a"}"#, Environment::Live, "mem_live_…");
    // A server that lists whole keys: no more of them is read than may be shown.
    check(r#"{"id":"a","key":"mem_live_abcdefghijklmnopqrstuvwxyz"}"#, Environment::Live, "mem_live_abcd…");
    check(r#"{"id":"a","prefix":"mem_live_ab…cdefghijklmnop"}"#, Environment::Live, "mem_live_ab…");
}

#[test]
fn whether_a_key_works_has_many_words() {
    let check = |fields: &str, status| {
        let key = one(&format!(r#"{{"id":"a",{fields}}}"#)).expect("a key");
        assert_eq!(key.status, status, "{fields}");
    };
    check(r#""is_active":false"#, KeyStatus::Disabled);
    check(r#""enabled":false"#, KeyStatus::Disabled);
    check(r#""status":"revoked""#, KeyStatus::Revoked);
    check(r#""revokedAt":"2026-01-01T00:00:00Z""#, KeyStatus::Revoked);
    check(r#""status":"expired","is_active":false"#, KeyStatus::Disabled);
    check(r#""status":"expired""#, KeyStatus::Expired);
    check(r#""expires_at":"2026-11-22T09:15:00Z""#, KeyStatus::Expired);
    check(r#""expires_at":1795338901"#, KeyStatus::Active);
}

#[test]
fn a_new_key_has_many_shapes() {
    let secret = "mem_test_0123456789abcdefABCD";
    for body in [
        format!(r#"{{"id":"key_a","name":"n","key":"{secret}"}}"#),
        format!(r#"{{"success":true,"data":{{"id":"key_a","name":"n","api_key":"{secret}"}}}}"#),
        format!(r#"{{"data":{{"api_key":{{"id":"key_a","name":"n"}},"secret":"{secret}"}}}}"#),
        format!(r#"{{"data":{{"key":{{"id":"key_a","name":"n","key":"{secret}"}}}}}}"#),
        format!(r#"{{"apiKey":{{"keyId":"key_a","name":"n","secret":"{secret}"}},"message":"shown once"}}"#),
    ] {
        let (key, told) = with(|ids, owner| issued(&loose(&body), ids, owner)).expect("a key");
        // Exposed to be compared: a test's own.
        assert!(told.expose() == secret, "{body}");
        assert_eq!((key.hint.to_string().as_str(), key.environment), ("mem_test_0123…ABCD", Environment::Test), "{body}");
    }
    for other in ["{}", r#"{"key":"short"}"#, r#"{"id":"a"}"#, r#"{"id":"a","key":"has a blank in it, surely"}"#] {
        assert!(with(|ids, owner| issued(&loose(other), ids, owner)).is_err(), "{other}");
    }
}

#[test]
fn an_account_has_many_shapes() {
    let nested = account(&loose(
        r#"{"success":true,"data":{"org_id":"org_1","name":"Northwind","email":"ada@example.org",
            "key":{"id":"key_a","scopes":["read","admin"]}}}"#,
    ));
    assert_eq!(
        (nested.id.as_deref(), nested.email.as_deref(), nested.key.as_deref()),
        (Some("org_1"), Some("ada@example.org"), Some("key_a"))
    );
    assert_eq!(nested.scopes.map(|scopes| scopes.spaced()).as_deref(), Some("admin read"));
    let flat = account(&loose(r#"{"organization":{"id":"org_1","name":"Northwind"},"scopes":"read"}"#));
    assert_eq!((flat.id.as_deref(), flat.name.as_deref()), (Some("org_1"), Some("Northwind")));
    assert_eq!(account(&loose("[]")), Account::default());
}

/// An id stands in a path: it leads nowhere else.
#[test]
fn an_id_leads_nowhere_else() {
    for bad in ["", "..", ".", "a/b", "a?b", "a#b", "%2e%2e", "a b", "\\\\u202e", &"a".repeat(201)] {
        assert_eq!(one(&format!(r#"{{"id":"{bad}"}}"#)), None, "{bad}");
    }
    assert!(one(r#"{"id":"key_abc-1.2~3"}"#).is_some());
}

/// F27, F30: whatever a server sends.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<f64>().prop_filter("JSON", |number| number.is_finite()).prop_map(|number| number.to_string()),
        "\\PC{0,40}|mem_(live|test)_[A-Za-z0-9.…*]{0,40}|<img src=x onerror=alert\\(1\\)>|[\\x{202e}\\x{0}]{0,4}"
            .prop_map(|text| serde_json::to_string(&text).expect("JSON")),
    ];
    let name = prop_oneof![
        "data|keys|api_keys|id|name|key|api_key|secret|prefix|hint|scopes|environment|created_at|expires_at|status|pagination|next|email",
        "\\PC{0,6}"
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| {
                let written =
                    |(name, value): &(String, String)| format!("{}:{value}", serde_json::to_string(name).expect("JSON"));
                format!("{{{}}}", fields.iter().map(written).collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_answer_is_read_or_refused(body in value()) {
        let Ok(answer) = serde_json::from_str::<Loose>(&body) else { return Ok(()) };
        let _ = account(&answer);
        let _ = with(|ids, owner| issued(&answer, ids, owner).is_ok());
        if let Ok(read) = with(|ids, owner| listed(&answer, ids, owner)) {
            for key in read.keys {
                prop_assert!(!key.name.as_str().chars().any(keydeck_domain::name::deceives));
                prop_assert!(key.hint.to_string().chars().count() <= 9 + 4 + 1 + 4);
            }
        }
    }
}
