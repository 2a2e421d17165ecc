//! Inbound texts: whole conversations, questions, random histories.

use domain::language::Language;
use domain::phone_number::Sender;
use jiff::SignedDuration;
use messaging::{InboundMessage, Keyword};

use super::*;

mod conversations;
mod histories;
mod organisations;
mod people;
mod questions;
