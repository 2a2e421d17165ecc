//! The key of the service account, generated in each process, so that none is in the repository.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Characters in a line of PEM.
const LINE: usize = 64;

static KEY: LazyLock<Option<KeyPair>> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).ok());

/// As a key file has it.
pub(super) fn private_pem() -> Option<String> {
    let key: Pkcs8V1Der<'static> = KEY.as_ref()?.as_der().ok()?;
    let encoded = STANDARD.encode(key.as_ref());
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, others) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = others;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Some(pem)
}

/// Whether it has signed so, by RS256.
pub(super) fn has_signed(signed: &[u8], signature: &[u8]) -> bool {
    KEY.as_ref().is_some_and(|key| {
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
        public.verify(signed, signature).is_ok()
    })
}

/// Signs by RS256.
#[cfg(test)]
pub(super) fn sign(text: &[u8]) -> Vec<u8> {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::RSA_PKCS1_SHA256;

    let key = KEY.as_ref().unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
        .unwrap();
    signature
}
