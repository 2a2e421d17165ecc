//! The words of the vocabulary, by their numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The number of a word of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::grammar) struct WordId(pub(super) u32);

impl WordId {
    /// Any word outside the vocabulary.
    pub(in crate::grammar) const UNKNOWN: Self = Self(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The numbers of all words, from 1.
#[derive(Debug, Default)]
pub(super) struct Words(HashMap<Box<str>, WordId, Fast>);

impl Words {
    /// The number of a word, which is added if it is new.
    pub(super) fn id(&mut self, word: &str) -> WordId {
        if let Some(id) = self.get(word) {
            return id;
        }
        let id = WordId(u32::try_from(self.0.len() + 1).unwrap_or_default());
        self.0.insert(word.into(), id);
        id
    }

    pub(super) fn get(&self, word: &str) -> Option<WordId> {
        self.0.get(word).copied()
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, WordId)> {
        self.0.iter().map(|(word, &id)| (&**word, id))
    }
}

pub(super) type Fast = BuildHasherDefault<Mixer>;

/// A quick hash for keys that are our own; what strangers send is only looked up.
#[derive(Debug, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
