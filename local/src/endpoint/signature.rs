//! What a request's signature says; nothing is verified here, a signature only has to be there.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// The service that a request was signed for: the fourth part of its credential scope
/// (`AWS4-HMAC-SHA256 Credential=KEY/20261120/us-east-1/dynamodb/aws4_request, …`).
pub(super) fn signed_service(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split(',').next()?.split('/').nth(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_read_from_the_credential_scope() {
        let mut headers = HeaderMap::new();
        assert_eq!(signed_service(&headers), None);
        let value = "AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/sms-voice/aws4_request, SignedHeaders=host, Signature=0";
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        assert_eq!(signed_service(&headers), Some("sms-voice"));
        headers.insert(AUTHORIZATION, "Bearer token".parse().unwrap());
        assert_eq!(signed_service(&headers), None);
    }
}
