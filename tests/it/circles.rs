//! No circles between the modules of a crate.
//!
//! A module takes from another if a path in its file leads there: in a `use`, a type, an expression or a pattern. A name
//! that is re-exported counts as taken from the file that defines it, so a re-export by itself takes nothing. Left out are
//! items that only tests compile, and paths inside the arguments of macros, which are not parsed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

/// The folders of the crates in which not even a module and its children form a circle.
const CRATES: [&str; 3] = ["shared/domain", "shared/application", "local/stack"];

/// The names from a crate's root to a module or an item.
type Names = Vec<String>;

/// One file of production code.
struct Module {
    file: PathBuf,
    /// What each name that it imports or re-exports stands for, and whether it only re-exports the name.
    imports: BTreeMap<String, (Names, bool)>,
    /// Every other path in it.
    paths: BTreeSet<Names>,
}

/// The modules of a crate.
type Modules = BTreeMap<Names, Module>;

/// Whether an item is compiled for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is = |attribute: &Attribute| match attribute.meta.require_list() {
        Ok(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition.starts_with("test") || condition.starts_with("any (test") || condition.contains("conformance")
        }
        _ => false,
    };
    attributes.iter().any(is)
}

/// Reads the file at `file` as the module `name`, and the files of its children.
fn read(file: &Path, folder: &Path, name: &[String], modules: &mut Modules) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut module = Module {
        file: file.to_owned(),
        imports: BTreeMap::new(),
        paths: BTreeSet::new(),
    };
    module.visit_file(&parsed);
    modules.insert(name.to_vec(), module);
    for item in parsed.items {
        if let Item::Mod(child) = item
            && child.content.is_none()
            && !is_for_tests(&child.attrs)
        {
            let ident = child.ident.to_string();
            let name: Names = name.iter().cloned().chain([ident.clone()]).collect();
            read(
                &folder.join(format!("{ident}.rs")),
                &folder.join(&ident),
                &name,
                modules,
            );
        }
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, before: &[String], is_reexport: bool) {
        let with = |ident: &syn::Ident| before.iter().cloned().chain([ident.to_string()]).collect::<Names>();
        let mut add = |ident: &syn::Ident, shown: &syn::Ident| {
            let names = if ident == "self" { before.to_vec() } else { with(ident) };
            let shown = if shown == "self" {
                names.last().cloned()
            } else {
                Some(shown.to_string())
            };
            self.imports.insert(shown.unwrap_or_default(), (names, is_reexport));
        };
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), is_reexport),
            UseTree::Name(name) => add(&name.ident, &name.ident),
            UseTree::Rename(rename) => add(&rename.ident, &rename.rename),
            UseTree::Glob(_) => drop(self.paths.insert(before.to_vec())),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.import(tree, before, is_reexport)),
        }
    }
}

impl Visit<'_> for Module {
    fn visit_item(&mut self, item: &Item) {
        let attributes = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], is_reexport);
    }

    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        self.paths
            .insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }
}

/// The names from the root of what a path in `module` leads to; `None` outside the crate.
fn from_root(modules: &Modules, module: &[String], path: &[String]) -> Option<Names> {
    let (first, rest) = path.split_first()?;
    let child: Names = module.iter().chain([first]).cloned().collect();
    Some(match first.as_str() {
        "crate" => rest.to_vec(),
        "self" => [module, rest].concat(),
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            [&module[..module.len().checked_sub(ups)?], &path[ups..]].concat()
        }
        _ if modules.contains_key(&child) => [&child, rest].concat(),
        _ => return None,
    })
}

/// The module that defines what the names lead to.
fn home(modules: &Modules, names: &[String]) -> Option<Names> {
    let length = (0..=names.len())
        .rev()
        .find(|length| modules.contains_key(&names[..*length]))?;
    let (module, rest) = names.split_at(length);
    let import = rest.first().and_then(|name| modules[module].imports.get(name));
    match import {
        None => Some(module.to_vec()),
        Some((path, _)) => home(modules, &[&from_root(modules, module, path)?, &rest[1..]].concat()),
    }
}

/// What each module takes from which others.
fn arrows(modules: &Modules) -> BTreeMap<&Names, BTreeSet<Names>> {
    let taken = |name: &Names, module: &Module| {
        let own = module.paths.iter().filter_map(|path| {
            // By a name that is imported, whether or not it is re-exported too.
            let imported = path.first().and_then(|first| module.imports.get(first));
            // A single name that is not imported is of this file, or a local variable.
            if imported.is_none() && path.len() == 1 && path[0] != "super" {
                return None;
            }
            let whole = imported.map(|(import, _)| [import, &path[1..]].concat());
            from_root(modules, name, whole.as_ref().unwrap_or(path))
        });
        let imports = module.imports.values().filter(|(_, is_reexport)| !is_reexport);
        let imports = imports.filter_map(|(path, _)| from_root(modules, name, path));
        let homes = own.chain(imports).filter_map(|names| home(modules, &names));
        homes.filter(|home| home != name).collect::<BTreeSet<_>>()
    };
    modules
        .iter()
        // The root only lists its modules.
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, module)| (name, taken(name, module)))
        .collect()
}

/// The first circle that is found, as the names of its modules.
fn circle(arrows: &BTreeMap<&Names, BTreeSet<Names>>) -> Option<Vec<Names>> {
    fn search(
        at: &Names,
        arrows: &BTreeMap<&Names, BTreeSet<Names>>,
        way: &mut Vec<Names>,
        done: &mut BTreeSet<Names>,
    ) -> Option<Vec<Names>> {
        if let Some(start) = way.iter().position(|name| name == at) {
            return Some(way[start..].to_vec());
        }
        if !done.insert(at.clone()) {
            return None;
        }
        way.push(at.clone());
        let mut taken = arrows.get(at).into_iter().flatten();
        let found = taken.find_map(|next| search(next, arrows, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    arrows
        .keys()
        .find_map(|name| search(name, arrows, &mut Vec::new(), &mut done))
}

/// The files of a circle in a crate, if there is one.
fn circle_in(crate_name: &str) -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(crate_name)
        .join("src");
    let mut modules = Modules::new();
    read(&source.join("lib.rs"), &source, &[], &mut modules);
    let circle = circle(&arrows(&modules)).unwrap_or_default();
    let file = |module| {
        modules[module]
            .file
            .strip_prefix(&source)
            .map_or_else(|_| String::new(), |file| format!("{crate_name}/src/{}", file.display()))
    };
    circle.iter().map(file).collect()
}

#[test]
fn modules_form_no_circles() {
    // Each takes from the next, and the last from the first.
    let circles: Vec<Vec<String>> = CRATES
        .into_iter()
        .map(circle_in)
        .filter(|circle| !circle.is_empty())
        .collect();
    assert_eq!(circles, Vec::<Vec<String>>::new());
}

#[test]
fn a_circle_is_found() {
    let arrow = |from: &str, to: &str| (vec![from.to_owned()], BTreeSet::from([vec![to.to_owned()]]));
    let arrows = [arrow("a", "b"), arrow("b", "c"), arrow("c", "b")];
    let arrows = arrows.iter().map(|(from, to)| (from, to.clone())).collect();

    assert_eq!(circle(&arrows).unwrap(), [["b"], ["c"]]);
}
