//! The refusals of the other dialects, and that a dialect's keys are good in it alone.

use keydeck_domain::Dialect;
use serde_json::{Value, json};

use super::{Told, ask, bearer};
use crate::dialects::made::{key, organization, wanted};
use crate::support::World;

async fn asked(world: &World, dialect: &str, whose: &str, rest: &str, headers: &[(&str, &str)]) -> Told {
    ask(world.address, "GET", &format!("/forward-auth/{dialect}?organization={whose}{rest}"), headers).await
}

#[tokio::test]
async fn a_key_is_good_in_its_own_dialect_alone() {
    let world = World::new().await;
    for dialect in Dialect::ALL.into_iter().filter(|dialect| *dialect != Dialect::Keydeck) {
        let tenant = (dialect == Dialect::Azotte).then_some("tenant_abc123");
        let whose = organization(&world, dialect, tenant).await.to_string();
        let scope = dialect.contract().catalogue[0].0;
        let (_, secret) = key(&world, whose.parse().unwrap(), wanted(scope)).await;
        // In every header that any dialect has.
        let bearer = bearer(&secret);
        let headers = [("authorization", &*bearer), ("x-api-key", &secret), ("azen-api-key", &secret), ("x-tn", "tenant_abc123")];
        for other in Dialect::ALL {
            for whose in [&*whose, "any"] {
                let told = asked(&world, other.as_str(), whose, &format!("&scope={scope}"), &headers).await;
                if other == dialect {
                    assert_eq!(told.is(200).header("x-key-scopes"), scope);
                } else {
                    assert!(matches!(told.status, 401 | 403), "{dialect} key at {other}: {}", told.status);
                    assert_eq!(told.header("x-key-id"), "-");
                }
            }
        }
        // By its method: where a dialect has one scope for all, that one.
        let told = asked(&world, dialect.as_str(), &whose, "&scope=by-method", &headers).await;
        assert_eq!(told.status, 200, "{dialect}");
    }
}

/// Azen: "Missing API Key (401)", "Invalid API Key (403)", "API key is invalid, expired, or disabled".
#[tokio::test]
async fn azen_says_403_of_a_key_that_is_not_good() {
    let world = World::new().await;
    let whose = organization(&world, Dialect::Azen, None).await.to_string();
    let (_, secret) = key(&world, whose.parse().unwrap(), wanted("read")).await;
    let unknown = format!("{}AAAA", &secret[..secret.len() - 4]);
    let asked = async |headers: &[(&str, &str)]| asked(&world, "azen", &whose, "&scope=read", headers).await;
    asked(&[]).await.is(401);
    asked(&[("azen-api-key", &unknown)]).await.is(403);
    asked(&[("azen-api-key", "odd")]).await.is(403);
    asked(&[("azen-api-key", &secret)]).await.is(200);
    // What deceives is 401 in every dialect.
    asked(&[("azen-api-key", &secret), ("azen-api-key", &unknown)]).await.is(401);
    let told = asked(&[("azen-api-key", &secret), ("x-key-id", "forged")]).await.is(401);
    assert!(told.header("www-authenticate").contains("invalid_token"));
}

/// Azotte: "x-tn: Tenant ID for data isolation (required)".
#[tokio::test]
async fn azotte_needs_the_tenant_of_the_key() {
    let world = World::new().await;
    let whose = organization(&world, Dialect::Azotte, Some("tenant_abc123")).await.to_string();
    let (_, secret) = key(&world, whose.parse().unwrap(), wanted("read")).await;
    let asked = async |headers: &[(&str, &str)]| asked(&world, "azotte", &whose, "&scope=read", headers).await;
    let good = ("x-api-key", &*secret);
    asked(&[good, ("x-tn", "tenant_abc123")]).await.is(200);
    for tenant in [&[good][..], &[good, ("x-tn", "tenant_other")], &[good, ("x-tn", "tenant_abc123"), ("x-tn", "tenant_other")]] {
        let body: Value = serde_json::from_str(&asked(tenant).await.is(403).body).unwrap();
        assert!(body["error"]["code"].is_string(), "{body}");
    }
    let told = asked(&[("x-api-key", "sk_live_0000000000000000"), ("x-tn", "tenant_abc123")]).await.is(401);
    // "authentication_failed", "Invalid API key provided", "authentication_error".
    let error = json!({ "code": "authentication_failed", "message": "Invalid API key provided", "type": "authentication_error" });
    assert_eq!(serde_json::from_str::<Value>(&told.body).unwrap(), json!({ "error": error }));
}

#[tokio::test]
async fn the_others_refuse_in_their_own_words() {
    let world = World::new().await;
    for (dialect, missing, invalid) in [
        (Dialect::Elizaos, "Unauthorized: Invalid or missing X-API-KEY", "Unauthorized: Invalid or missing X-API-KEY"),
        (Dialect::MemoryApi, "MISSING_API_KEY", "INVALID_API_KEY"),
        (Dialect::Azerion, "invalid_api_key", "invalid_api_key"),
    ] {
        let whose = organization(&world, dialect, None).await.to_string();
        let (_, secret) = key(&world, whose.parse().unwrap(), wanted(dialect.contract().catalogue[0].0)).await;
        let unknown = format!("{}0000", &secret[..secret.len() - 4]);
        let (unknown, good) = (bearer(&unknown), bearer(&secret));
        let (name, unknown, good) = match dialect {
            Dialect::Elizaos => ("x-api-key", &unknown["Bearer ".len()..], &good["Bearer ".len()..]),
            _ => ("authorization", &*unknown, &*good),
        };
        let asked = async |headers: &[(&str, &str)]| asked(&world, dialect.as_str(), &whose, "", headers).await;
        asked(&[(name, good)]).await.is(200);
        for (told, expected) in [(asked(&[]).await, missing), (asked(&[(name, unknown)]).await, invalid)] {
            let told = told.is(401);
            assert!(told.body.contains(expected), "{dialect}: {}", told.body);
            assert_eq!(told.header("content-type"), "application/json");
            assert_ne!(told.header("www-authenticate"), "");
        }
        // Good, and not for this.
        let odd = self::asked(&world, dialect.as_str(), &whose, "&scope=odd", &[(name, good)]).await;
        let told = odd.is(403);
        assert!(told.header("www-authenticate").contains(r#"error="insufficient_scope", scope="odd""#), "{}", told.head);
    }
}
