//! Phrases by their words.

use std::collections::HashMap;

use super::pattern::{Element, Lists};
use super::word::{Fast, WordId, Words};

/// What is known of a phrase.
pub(super) trait Meaning: Copy + Default + PartialEq {
    fn join(self, other: Self) -> Self;
}

type Node = u32;

/// Phrases by their words.
#[derive(Debug)]
pub(super) struct Trie<T> {
    /// The node that follows a node by a word; the first node is 0.
    next: HashMap<u64, Node, Fast>,
    nodes: Vec<T>,
    /// Nodes behind which the words of a list may follow, with the node that the list begins at.
    lists: HashMap<Node, Vec<Node>, Fast>,
    /// Where the lists begin, by section and name.
    roots: HashMap<(&'static str, String), Node>,
}

impl<T: Meaning> Default for Trie<T> {
    fn default() -> Self {
        Self {
            next: HashMap::default(),
            nodes: vec![T::default()],
            lists: HashMap::default(),
            roots: HashMap::new(),
        }
    }
}

/// The most lists that one word can be in at the same time.
const MAX_ACTIVE: usize = 8;

impl<T: Meaning> Trie<T> {
    /// Forgets the names of lists, which are those of one file.
    pub(super) fn begin_file(&mut self) {
        self.roots.clear();
    }

    /// Inserts all phrases of a pattern; the answer is their words, and for each whether it is a phrase alone.
    pub(super) fn insert(
        &mut self,
        known: &mut Words,
        section: &'static str,
        pattern: &[Element],
        lists: &Lists,
        meaning: T,
    ) -> Result<Vec<(WordId, bool)>, String> {
        let mut builder = Builder {
            trie: self,
            known,
            section,
            lists,
            meaning,
            words: Vec::new(),
        };
        builder.end(vec![0], pattern)?;
        let words = builder.words;
        Ok(words
            .into_iter()
            .map(|word| {
                let alone = self
                    .next
                    .get(&edge(0, word))
                    .and_then(|&node| self.nodes.get(node as usize));
                (word, alone.is_some_and(|known| *known != T::default()))
            })
            .collect())
    }

    /// The words that the phrases of a pattern may begin with.
    pub(super) fn first_words(&self, pattern: &[Element], lists: &Lists) -> Vec<String> {
        let mut words = Vec::new();
        for element in pattern {
            let parts = match element {
                Element::Words(spellings) => {
                    words.extend(spellings.iter().cloned());
                    return words;
                }
                Element::Choice(parts) => parts.as_slice(),
                Element::List(name) => lists.get(name.as_str()).map(Vec::as_slice).unwrap_or_default(),
            };
            words.extend(parts.iter().flat_map(|part| self.first_words(part, lists)));
            if parts.iter().all(|part| !part.is_empty()) {
                return words;
            }
        }
        words
    }

    pub(super) fn longest(
        &self,
        words: impl Iterator<Item = WordId>,
        may_end: impl Fn(usize) -> bool,
    ) -> Option<(T, usize)> {
        let mut active = [0; MAX_ACTIVE];
        let mut count = 1;
        let mut longest = None;
        for (index, word) in words.enumerate() {
            if word == WordId::UNKNOWN {
                break;
            }
            let (mut following, mut followers) = ([0; MAX_ACTIVE], 0);
            let mut found = T::default();
            for &node in active.iter().take(count) {
                let Some(&next) = self.next.get(&edge(node, word)) else {
                    continue;
                };
                found = found.join(self.nodes.get(next as usize).copied().unwrap_or_default());
                // A list may begin with another list.
                let mut reached = followers;
                push(next, &mut following, &mut followers);
                while let Some(node) = following.get(reached).copied().filter(|_| reached < followers) {
                    for &list in self.lists.get(&node).into_iter().flatten() {
                        push(list, &mut following, &mut followers);
                    }
                    reached += 1;
                }
            }
            if followers == 0 {
                break;
            }
            if found != T::default() && may_end(index) {
                longest = Some((found, index + 1));
            }
            (active, count) = (following, followers);
        }
        longest
    }
}

/// Puts the phrases of one pattern into a trie.
struct Builder<'a, T> {
    trie: &'a mut Trie<T>,
    known: &'a mut Words,
    section: &'static str,
    lists: &'a Lists,
    meaning: T,
    words: Vec<WordId>,
}

impl<T: Meaning> Builder<'_, T> {
    /// Ends phrases with a pattern, behind each of the nodes.
    fn end(&mut self, nodes: Vec<Node>, pattern: &[Element]) -> Result<(), String> {
        if let Some((Element::List(name), before)) = pattern.split_last()
            && !before.is_empty()
        {
            let nodes = self.extend(nodes, before)?;
            let root = self.list(name)?;
            let lists = self.lists;
            for node in nodes {
                // What stands before the list was left out.
                if node == 0 {
                    for pattern in lists.get(name.as_str()).into_iter().flatten() {
                        self.end(vec![0], pattern)?;
                    }
                    continue;
                }
                let roots = self.trie.lists.entry(node).or_default();
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
            return Ok(());
        }
        for node in self.extend(nodes, pattern)? {
            if let Some(known) = self.trie.nodes.get_mut(node as usize) {
                *known = known.join(self.meaning);
            }
        }
        Ok(())
    }

    /// Where the phrases of a list begin that ends phrases of this section.
    fn list(&mut self, name: &str) -> Result<Node, String> {
        let key = (self.section, name.to_owned());
        if let Some(&root) = self.trie.roots.get(&key) {
            return Ok(root);
        }
        let root = self.add_node();
        self.trie.roots.insert(key, root);
        let lists = self.lists;
        for pattern in lists.get(name).ok_or_else(|| format!("no list {name}"))? {
            self.end(vec![root], pattern)?;
        }
        Ok(root)
    }

    fn extend(&mut self, mut nodes: Vec<Node>, pattern: &[Element]) -> Result<Vec<Node>, String> {
        let lists = self.lists;
        for element in pattern {
            let parts = match element {
                Element::Words(spellings) => {
                    let mut reached = Vec::with_capacity(nodes.len() * spellings.len());
                    for spelling in spellings {
                        let word = self.known.id(spelling);
                        self.words.push(word);
                        for &node in &nodes {
                            reached.push(self.step(node, word));
                        }
                    }
                    nodes = reached;
                    continue;
                }
                Element::Choice(parts) => parts,
                Element::List(name) => lists.get(name.as_str()).ok_or_else(|| format!("no list {name}"))?,
            };
            let mut reached = Vec::new();
            for part in parts {
                reached.extend(self.extend(nodes.clone(), part)?);
            }
            nodes = reached;
        }
        Ok(nodes)
    }

    fn step(&mut self, node: Node, word: WordId) -> Node {
        if let Some(&next) = self.trie.next.get(&edge(node, word)) {
            return next;
        }
        let next = self.add_node();
        self.trie.next.insert(edge(node, word), next);
        next
    }

    fn add_node(&mut self) -> Node {
        self.trie.nodes.push(T::default());
        Node::try_from(self.trie.nodes.len() - 1).unwrap_or_default()
    }
}

/// Adds a node to those that are active, unless it is there.
fn push(node: Node, active: &mut [Node; MAX_ACTIVE], count: &mut usize) {
    let is_known = active.iter().take(*count).any(|&known| known == node);
    if let Some(place) = active.get_mut(*count).filter(|_| !is_known) {
        *place = node;
        *count += 1;
    }
}

fn edge(node: Node, word: WordId) -> u64 {
    u64::from(node) << 32 | u64::from(word.0)
}

#[cfg(test)]
impl<T: Meaning> Trie<T> {
    pub(super) fn all(&self, spellings: &HashMap<WordId, &str>) -> Vec<String> {
        let mut children: HashMap<Node, Vec<(WordId, Node)>> = HashMap::new();
        for (&edge, &next) in &self.next {
            let word = WordId(u32::try_from(edge & 0xffff_ffff).unwrap());
            children
                .entry(Node::try_from(edge >> 32).unwrap())
                .or_default()
                .push((word, next));
        }
        let mut found = std::collections::BTreeMap::<String, T>::new();
        let mut open = vec![(0, String::new())];
        while let Some((node, words)) = open.pop() {
            for (word, next) in children.get(&node).into_iter().flatten() {
                let words = format!("{words} {}", spellings[word]).trim().to_owned();
                let known = found.entry(words.clone()).or_default();
                *known = known.join(self.nodes[*next as usize]);
                let mut reached = vec![*next];
                while let Some(node) = reached.pop() {
                    reached.extend(self.lists.get(&node).into_iter().flatten());
                    open.push((node, words.clone()));
                }
            }
        }
        found.retain(|_, meaning| *meaning != T::default());
        found.into_keys().collect()
    }
}
