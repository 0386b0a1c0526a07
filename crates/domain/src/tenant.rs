//! How a dialect's header names an organization.

use crate::text::validated_text;

/// Why a tenant's name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is 1 to 64 of letters, digits, `_`, `-` and `.`")]
pub struct TenantError;

validated_text!(
    /// What stands in Azotte's `x-tn`: `tenant_abc123`. Upper and lower case differ.
    TenantId,
    TenantError,
    parse_tenant
);

fn parse_tenant(text: &str) -> Result<String, TenantError> {
    let valid = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if valid { Ok(text.to_owned()) } else { Err(TenantError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_a_word() {
        assert!("tenant_abc123".parse::<TenantId>().is_ok());
        for bad in ["", "a b", "a\u{202e}b", &"x".repeat(65)] {
            assert_eq!(bad.parse::<TenantId>(), Err(TenantError), "{bad}");
        }
    }
}
