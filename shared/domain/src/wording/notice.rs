//! The wording of each notice, and its values.

use fluent_bundle::FluentArgs;

use super::date::{date, moment};
use super::{say, words};
use crate::language::Language;
use crate::notice::{AppointmentChange, Notice};
use crate::phone_number::PhoneNumber;
use crate::segment;

impl Notice {
    /// The whole text in `language`, in the fewest segments that its own characters allow.
    pub fn render(&self, language: Language) -> String {
        let text = say(language, |language| key_and_arguments(self, language));
        segment::prefer_gsm7(&text).into_owned()
    }

    /// The whole text as it goes to this number.
    pub fn render_to(&self, language: Language, to: &PhoneNumber) -> String {
        let text = say(language, |language| key_and_arguments(self, language));
        segment::prefer_gsm7_for(&text, to).into_owned()
    }
}

fn key_and_arguments(notice: &Notice, language: Language) -> (&'static str, FluentArgs<'_>) {
    match notice {
        Notice::OneTimeCode { code, minutes } => {
            words("one-time-code", [("code", code.into()), ("minutes", minutes.into())])
        }
        Notice::ContractExpiry { contract, ends_on } => words(
            "contract-expiry",
            [("contract", contract.into()), ("date", date(*ends_on, language).into())],
        ),
        Notice::BillIssued { bill, amount, due_on } => words(
            "bill-issued",
            [
                ("bill", bill.into()),
                ("amount", amount.written_in(language).into()),
                ("date", date(*due_on, language).into()),
            ],
        ),
        Notice::PaymentConfirmed { bill, amount } => words(
            "payment-confirmed",
            [("bill", bill.into()), ("amount", amount.written_in(language).into())],
        ),
        Notice::BillOverdue { bill, amount, due_on } => words(
            "bill-overdue",
            [
                ("bill", bill.into()),
                ("amount", amount.written_in(language).into()),
                ("date", date(*due_on, language).into()),
            ],
        ),
        Notice::BookingCreated { what, at } => words(
            "booking-created",
            [("what", what.into()), ("at", moment(*at, language).into())],
        ),
        Notice::BookingChanged { what, at } => words(
            "booking-changed",
            [("what", what.into()), ("at", moment(*at, language).into())],
        ),
        Notice::BookingCancelled { what, at } => words(
            "booking-cancelled",
            [("what", what.into()), ("at", moment(*at, language).into())],
        ),
        Notice::AppointmentScheduled { place, at } => words(
            "appointment-scheduled",
            [("place", place.into()), ("at", moment(*at, language).into())],
        ),
        Notice::AppointmentRescheduled { place, at } => words(
            "appointment-rescheduled",
            [("place", place.into()), ("at", moment(*at, language).into())],
        ),
        Notice::AppointmentCancelled { place, at } => words(
            "appointment-cancelled",
            [("place", place.into()), ("at", moment(*at, language).into())],
        ),
        Notice::AppointmentConfirmation { place, at } => words(
            "appointment-confirmation",
            [("place", place.into()), ("at", moment(*at, language).into())],
        ),
        Notice::AppointmentAnswered {
            customer,
            at,
            confirmed,
        } => {
            let key = if *confirmed {
                "staff-appointment-confirmed"
            } else {
                "staff-appointment-declined"
            };
            words(
                key,
                [("customer", customer.into()), ("at", moment(*at, language).into())],
            )
        }
        Notice::StaffAppointment {
            customer,
            place,
            at,
            change,
        } => {
            let key = match change {
                AppointmentChange::Scheduled => "staff-appointment-scheduled",
                AppointmentChange::Rescheduled => "staff-appointment-rescheduled",
                AppointmentChange::Cancelled => "staff-appointment-cancelled",
            };
            let at = moment(*at, language);
            words(
                key,
                [
                    ("customer", customer.into()),
                    ("place", place.into()),
                    ("at", at.into()),
                ],
            )
        }
        Notice::ReviewRequest { place, link: None } => words("review-request", [("place", place.into())]),
        Notice::ReviewRequest {
            place,
            link: Some(link),
        } => words(
            "review-request-with-link",
            [("place", place.into()), ("link", link.into())],
        ),
        Notice::ShiftReminder { shift, at } => words(
            "shift-reminder",
            [("shift", shift.into()), ("at", moment(*at, language).into())],
        ),
        Notice::BudgetAlert { used, limit, month } => {
            // As texts: Fluent would write a large number with an exponent.
            let (used, limit) = (used.to_string(), limit.to_string());
            words(
                "budget-alert",
                [("used", used.into()), ("limit", limit.into()), ("month", month.into())],
            )
        }
        Notice::Announcement { text } => words("message", [("message", text.into())]),
    }
}

#[cfg(test)]
mod tests;
