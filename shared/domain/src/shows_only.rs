//! Keeps phone numbers, words of people and secrets out of logs.

/// Implements `Debug` for a struct so that it shows the named fields and no others.
///
/// A field that is added later is hidden until it is named here, which a wrapper around each private field would not give.
///
/// ```
/// struct Note {
///     id: u32,
///     words: String,
/// }
/// domain::shows_only!(Note { id });
///
/// let note = Note { id: 7, words: "call me at home".to_owned() };
/// assert_eq!(note.words.len(), 15);
/// assert_eq!(format!("{note:?}"), "Note { id: 7, .. }");
/// ```
#[macro_export]
macro_rules! shows_only {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter
                    .debug_struct(stringify!($name))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}
