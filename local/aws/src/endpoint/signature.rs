//! What a request's signature says; nothing is verified here, a signature only has to be there.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// The service that a request was signed for: the fourth part of its credential scope
/// (`AWS4-HMAC-SHA256 Credential=KEY/20261120/us-east-1/dynamodb/aws4_request, …`).
pub(super) fn signed_service(headers: &HeaderMap) -> Option<&str> {
    credential(headers)?.split('/').nth(3)
}

/// The access key that a request was signed with; a function's is its logical id.
pub(super) fn access_key(headers: &HeaderMap) -> Option<&str> {
    credential(headers)?.split('/').next()
}

/// The session that a request belongs to; each process of a function has one of its own.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-security-token")?.to_str().ok()
}

fn credential(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split(',').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_service_are_read_from_the_credential() {
        let mut headers = HeaderMap::new();
        assert_eq!((access_key(&headers), signed_service(&headers)), (None, None));
        let value = "AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/sms-voice/aws4_request, SignedHeaders=host, Signature=0";
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        assert_eq!(
            (access_key(&headers), signed_service(&headers)),
            (Some("AKIA"), Some("sms-voice"))
        );
        headers.insert(AUTHORIZATION, "Bearer token".parse().unwrap());
        assert_eq!(signed_service(&headers), None);
    }
}
