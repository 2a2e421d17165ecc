//! The product from outside, in one binary.

mod layering;
mod template;
