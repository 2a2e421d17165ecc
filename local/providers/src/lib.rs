//! The world outside AWS on one machine: phones, the providers that reach them, and what both stand on.
//!
//! Nothing here knows the product. Each provider is written from its own documents and shares no types with our client of it.

pub mod clock;
pub mod connection;
pub mod phone_simulator;
pub mod provider;
pub mod request_counts;
