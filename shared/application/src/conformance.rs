//! The suite that every version of the ports passes: each case is one fact that the use cases rely on.
//!
//! A version of the ports brings a [`Bench`]: the ports over one set of tables, and what people do to those tables by
//! hand. Each case begins with tables of its own and is judged on its own, so that a [`Report`] shows all that is wrong
//! at once.

#![expect(
    clippy::unwrap_used,
    reason = "a case stops at the first thing that is not as it should be"
)]

mod bookings;
mod budget;
mod campaigns;
mod code_counts;
mod contacts;
mod devices;
mod health;
mod holds;
mod inbound;
mod lines;
mod organisations;
mod outbox;
mod pace;
mod people;
mod receipts;
mod records;
mod sequences;
mod shifts;
mod templates;
mod text_history;
mod text_parts;
mod workshops;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use domain::bill::BillRow;
use domain::campaign::CampaignRow;
use domain::contact::Contact;
use domain::message::{Attempt, MessageId};
use domain::organisation::Organisation;
use domain::phone_number::PhoneNumber;
use domain::sequence::SequenceRow;
use domain::shift::ShiftRow;
use domain::template::TemplateRow;
use domain::workshop::{RegistrantRow, SequenceCommand, WorkshopRow};
use jiff::{SignedDuration, Timestamp};

use crate::port::{
    Bookings, Budgets, CampaignUpdate, Campaigns, CodeCounts, Contacts, Devices, Holds, InboundTexts, Lines,
    Organisations, Outbox, Pace, People, ProviderHealth, Receipts, Records, Sequences, Shifts, Templates,
    TextHistories, TextParts, Workshops,
};

/// The ports over one set of tables, and what people do to the tables by hand.
#[async_trait]
pub trait Bench: Send + Sync {
    fn inbound(&self) -> &dyn InboundTexts;
    fn shifts(&self) -> &dyn Shifts;
    fn contacts(&self) -> &dyn Contacts;
    fn budgets(&self) -> &dyn Budgets;
    fn campaigns(&self) -> &dyn Campaigns;
    fn outbox(&self) -> &dyn Outbox;
    fn organisations(&self) -> &dyn Organisations;
    fn pace(&self) -> &dyn Pace;
    fn lines(&self) -> &dyn Lines;
    fn holds(&self) -> &dyn Holds;
    fn health(&self) -> &dyn ProviderHealth;
    fn receipts(&self) -> &dyn Receipts;
    fn devices(&self) -> &dyn Devices;
    fn bookings(&self) -> &dyn Bookings;
    fn records(&self) -> &dyn Records;
    fn templates(&self) -> &dyn Templates;
    fn sequences(&self) -> &dyn Sequences;
    fn workshops(&self) -> &dyn Workshops;
    fn people(&self) -> &dyn People;
    fn histories(&self) -> &dyn TextHistories;
    fn codes(&self) -> &dyn CodeCounts;
    fn text_parts(&self) -> &dyn TextParts;

    async fn put_shift(&self, row: ShiftRow);
    async fn delete_shift(&self, shift_id: &str);
    /// The row as it stands.
    async fn shift(&self, shift_id: &str) -> Option<ShiftRow>;

    async fn put_contact(&self, contact: Contact);
    async fn delete_contact(&self, phone: &PhoneNumber);
    /// Puts a row whose key is no phone number.
    async fn put_unusable_contact(&self, key: &str);
    /// The error on the row with this key.
    async fn contact_error(&self, key: &str) -> Option<String>;

    async fn put_campaign(&self, row: CampaignRow);
    async fn delete_campaign(&self, campaign_id: &str);
    /// What stands on the row besides what was typed.
    async fn campaign(&self, campaign_id: &str) -> Option<CampaignUpdate>;

    /// Puts settings whose routes, where there are any, are the same for all numbers.
    async fn put_organisation(&self, organisation: &str, settings: Organisation);
    /// Puts settings that cannot be used.
    async fn put_unusable_organisation(&self, organisation: &str);
    /// The error on the settings.
    async fn organisation_error(&self, organisation: &str) -> Option<String>;

    /// Puts what a person types of a bill over whatever is there.
    async fn put_bill(&self, row: BillRow);

    async fn put_template(&self, row: TemplateRow);
    async fn put_sequence(&self, row: SequenceRow);
    async fn put_tag(&self, tag: &str, sequence: &str);
    async fn put_workshop(&self, row: WorkshopRow);
    async fn delete_workshop(&self, id: &str);
    /// Types an order on a workshop's row, beside any other.
    async fn put_command(&self, workshop: &str, command: SequenceCommand);
    async fn put_registrant(&self, workshop: &str, row: RegistrantRow);

    /// The calls of a provider noted on a message's row.
    async fn attempts(&self, id: &MessageId) -> Vec<Attempt>;
}

/// One fact.
pub type Case = for<'a> fn(&'a dyn Bench) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! suite {
    ($($port:ident: $($case:ident),+;)+) => {
        /// Every case with its name.
        pub const SUITE: &[(&str, Case)] = &[
            $($((concat!(stringify!($port), ": ", stringify!($case)), |bench| Box::pin($port::$case(bench))),)+)+
        ];
    };
}

suite! {
    inbound:
        nothing_is_read_where_nothing_is,
        only_what_was_asked_for_is_read,
        a_code_is_found_under_its_usual_spellings,
        a_thorough_search_finds_any_mixture_of_cases,
        available_shifts_come_in_order_and_each_once,
        a_booking_is_written_with_its_record_and_its_answer,
        what_cannot_be_written_whole_is_not_written_at_all,
        d03_two_employees_one_shift_one_winner,
        d04_a_deleted_shift_stays_deleted,
        a_status_that_changed_is_a_conflict,
        a_capacity_that_changed_is_a_conflict,
        a_row_set_back_by_hand_is_open_again,
        a_row_with_nothing_but_an_id_can_be_taken,
        several_places_are_taken_one_by_one_and_no_more,
        two_employees_take_two_of_many_places_at_once,
        nobody_takes_two_places_of_one_shift,
        who_fills_a_shift_knows_that_it_is_full,
        a_holder_typed_by_hand_keeps_the_place,
        a_shift_given_back_is_open_again,
        a_closed_shift_given_back_stays_closed,
        one_of_several_gives_a_place_back,
        the_last_of_several_leaves_an_empty_shift,
        what_another_holds_by_now_cannot_be_given_back,
        d05_a_text_is_recorded_once,
        equal_words_are_one_text_for_ten_seconds,
        a_known_contact_opts_out_and_stays_an_employee,
        a_stranger_opts_out_and_becomes_no_employee,
        an_opt_in_undoes_an_opt_out,
        k48_a_text_of_the_person_ends_what_failures_said,
        of_two_who_say_stop_or_start_at_once_one_is_committed,
        a_contact_that_came_or_went_is_a_conflict,
        an_exchange_is_remembered_by_versions,
        a_question_carries_the_shifts_that_it_is_about,
        an_answer_that_is_there_already_is_a_conflict,
        unusable_shifts_are_marked_in_passing;
    shifts:
        available_shifts_are_paged_to_the_end,
        a_row_that_cannot_be_offered_is_marked,
        only_an_available_shift_is_closed,
        shifts_begin_when_their_rows_say,
        k21_a_shift_belongs_to_an_organisation_that_exists,
        k26_a_start_is_read_by_the_organisations_clock,
        a_shift_deleted_meanwhile_is_not_brought_back;
    contacts:
        a_contact_reads_back,
        the_first_opt_out_stays,
        opting_out_makes_a_stranger_no_employee,
        every_contact_is_on_exactly_one_page,
        a_row_that_names_nobody_is_told_once;
    budget:
        a_claim_takes_what_it_is_charged,
        what_names_no_organisation_is_the_stacks_own,
        a_claim_beyond_its_allowance_is_not_written,
        what_moved_on_takes_nothing,
        what_is_tried_again_is_charged_once,
        what_ends_unsent_is_given_back,
        those_who_claim_at_once_get_no_more_than_there_is,
        a_campaign_reserves_once_and_within_what_is_allowed,
        campaigns_at_once_reserve_no_more_than_there_is,
        messages_are_made_with_their_part_of_it,
        as_many_messages_as_are_allowed_are_made_at_once,
        a_message_of_a_campaign_is_not_charged_again,
        what_is_left_is_given_back_once;
    campaigns:
        a_campaign_reads_back,
        a_campaign_is_created_once,
        an_update_writes_only_what_it_says,
        a_deleted_campaign_is_not_brought_back,
        k45_a_status_is_turned_from_what_was_read,
        a_fan_out_begins_once,
        each_segment_has_its_position,
        campaigns_are_due_oldest_first,
        a_timer_that_has_passed_is_taken_once,
        rows_without_a_status_are_found;
    outbox:
        a_message_reads_back,
        d20_what_moved_on_is_never_overwritten,
        a_change_is_written_where_nothing_moved,
        a_change_of_what_moved_on_is_stale,
        k39_an_opt_out_is_written_with_its_message,
        k48_failures_are_counted_with_their_messages,
        a_follow_up_is_written_with_its_change,
        a_follow_up_is_written_once,
        every_attempt_is_kept,
        messages_are_due_oldest_first,
        only_what_is_due_is_due,
        messages_are_found_by_the_providers_id,
        providers_that_refused_are_stored_and_cleared,
        progress_counts_every_message_once;
    organisations:
        only_the_stacks_own_organisation_needs_no_row,
        an_organisation_without_a_clock_goes_by_the_stacks_own,
        settings_read_back,
        settings_that_cannot_be_read_are_marked;
    people:
        messages_are_made_anonymous_and_still_counted,
        k32_what_others_were_told_of_a_person_loses_its_words,
        records_of_a_person_are_removed,
        what_people_typed_of_a_person_is_removed,
        a_place_stays_taken,
        an_opt_out_outlives_its_person,
        what_is_not_finished_goes_on;
    text_history:
        k31_what_is_noted_stays_beside_what_was;
    text_parts:
        k54_parts_are_kept_as_they_were_written,
        k54_of_parts_at_once_one_is_written;
    code_counts:
        k14_a_code_is_written_with_its_count,
        k14_of_codes_at_once_one_is_counted;
    pace:
        a_period_gives_no_more_than_its_allowance,
        every_period_and_every_key_counts_for_itself,
        takers_at_once_get_no_more_than_the_allowance,
        k41_a_rate_is_lowered_once_in_a_moment,
        what_is_promised_of_a_rate_is_promised_once,
        what_is_said_of_all_rates_is_the_last_word;
    lines:
        k42_what_waits_is_in_its_line_and_has_no_timer,
        a_line_is_listed_until_it_is_closed,
        one_pacer_serves_the_lines_until_it_lets_go_or_is_gone;
    holds:
        k45_a_hold_begins_once_and_ends,
        k45_one_sender_gets_the_probe;
    health:
        what_is_counted_adds_up_window_by_window,
        only_the_windows_asked_for_are_read,
        those_who_count_at_once_all_count;
    receipts:
        a_parked_receipt_reads_back,
        a_receipt_that_comes_again_is_parked_once,
        parked_receipts_are_due_oldest_first,
        a_forgotten_receipt_is_gone,
        what_is_expected_reads_back_newest_first,
        of_many_the_newest_are_expected,
        what_is_expected_again_stays_as_it_is,
        one_receipt_is_taken_for_a_message,
        of_receipts_at_once_one_is_taken,
        k50_each_part_takes_a_receipt,
        k50_what_is_given_up_is_not_due;
    templates:
        a_template_reads_back,
        what_a_provider_tells_is_taken_over_once,
        what_people_typed_of_a_template_stays,
        what_is_wrong_with_a_template_is_noted;
    sequences:
        a_sequence_reads_back_in_its_order,
        a_tag_points_to_a_sequence,
        what_is_wrong_with_a_sequence_is_noted;
    workshops:
        a_workshop_reads_back,
        the_state_of_a_workshop_reads_back,
        a_workshop_that_moved_on_is_not_written_over,
        an_order_typed_meanwhile_is_seen,
        a_deleted_workshop_is_not_brought_back,
        registrants_come_in_order_and_each_once,
        a_registrant_is_enrolled_once,
        what_is_wrong_with_a_registrant_is_noted;
    devices:
        a_persons_devices_read_back,
        a_device_is_registered_once,
        a_device_moves_to_its_new_owner,
        a_forgotten_device_is_gone,
        a_device_registered_at_once_has_one_owner,
        a_device_unseen_for_long_is_found_and_removed;
    records:
        a_typed_record_reads_back,
        what_is_planned_reads_back,
        a_record_typed_over_is_not_written,
        what_was_said_before_is_not_said_again,
        of_many_at_once_one_takes_a_record_up,
        records_are_due_by_sweep_and_oldest_first,
        a_page_holds_no_more_than_asked_for,
        a_rejected_record_says_why_and_keeps_what_was_typed,
        an_answer_is_noted_on_its_question;
    bookings:
        a_booking_is_first_looked_at_as_soon_as_it_is_made,
        a_shift_without_a_beginning_is_not_looked_at,
        a_reminder_is_written_with_its_booking_once;
}

/// Every case, by name, with what went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report(Vec<(&'static str, Result<(), String>)>);

impl Report {
    pub fn failures(&self) -> Vec<&'static str> {
        self.0
            .iter()
            .filter(|(_, ended)| ended.is_err())
            .map(|(name, _)| *name)
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, ended) in &self.0 {
            match ended {
                Ok(()) => writeln!(f, "{name:<64} passed")?,
                Err(error) => writeln!(f, "{name:<64} FAILED: {error}")?,
            }
        }
        Ok(())
    }
}

/// Runs every case, one after another, each over tables of its own.
pub async fn suite(empty_tables: impl AsyncFn() -> Arc<dyn Bench>) -> Report {
    let mut report = Report::default();
    for (name, case) in SUITE {
        let bench = empty_tables().await;
        let ended = tokio::spawn(async move { case(bench.as_ref()).await }).await;
        report
            .0
            .push((name, ended.map_err(|error| said(error.into_panic().as_ref()))));
    }
    report
}

/// The message of a case that stopped.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no words")
        .to_owned()
}

/// The number that is texted in every case.
const BUSINESS: &str = "+12025550100";

/// So many seconds into the day of the suite.
fn at(second: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

/// A person by number, from 0 to 9999.
fn person(number: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+1202555{number:04}")).unwrap()
}

/// The three attributes that a person types.
fn typed(shift_id: &str, shift_status: &str) -> ShiftRow {
    ShiftRow {
        shift_id: shift_id.to_owned(),
        shift_status: Some(shift_status.to_owned()),
        shift_info: Some("15/08 5h".to_owned()),
        ..ShiftRow::default()
    }
}

#[cfg(test)]
mod tests;
