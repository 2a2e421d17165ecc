//! Faults that people met or that were seen by trying, each with the test that fails where it comes back.
//!
//! | fault | test |
//! |---|---|
//! | K01 a phone's reaction booked every shift that it quotes | `shared/domain/src/grammar/tests/faults.rs::k01_reactions_never_book` |
//! | K02 a question, a refusal or a swap booked | `shared/domain/src/grammar/tests/faults.rs::k02_words_about_a_shift_do_not_book` |
//! | K03 opt-outs in everyday words were no opt-outs | `shared/domain/src/grammar/tests/faults.rs::k03_everyday_opt_outs_are_understood` |
//! | K04 look-alike letters, blanks and dots in a code made it unknown, or another | `shared/domain/src/grammar/tests/faults.rs::k04_mistyped_codes_are_booked_or_asked_about` |
//! | K05 a customer's answer in other words than YES and NO was refused | `shared/application/src/inbound/questions.rs::k05_a_customer_confirms_or_declines_in_everyday_words_without_being_an_employee`, `shared/domain/src/grammar/tests/faults.rs::k05_customers_answer_in_their_own_words` |
//! | K06 HELP of whoever is no employee was refused | `shared/application/src/inbound/people.rs::k06_help_is_answered_to_everybody_five_times_a_day` |
//! | K07 START of a customer or a stranger was not confirmed | `shared/application/src/inbound/people.rs::k07_start_is_confirmed_to_everybody` |
//! | K08 YES after STOP opted in again | `shared/application/src/inbound/questions.rs::k08_yes_after_stop_answers_a_question_and_subscribes_nobody`, `shared/domain/src/grammar/tests/faults.rs::k08_yes_never_subscribes` |
//! | K09 with two open questions YES helped nothing | `shared/application/src/inbound/questions.rs::k09_each_of_two_questions_is_answered_by_its_number`, `shared/domain/src/grammar/tests/faults.rs::k09_numbers_choose_among_appointments` |
//! | K10 a second answer was refused | `shared/application/src/inbound/questions.rs::k10_a_second_answer_is_harmless_and_a_change_of_mind_counts`, `shared/domain/src/grammar/tests/faults.rs::k10_thanks_after_an_answer_are_silent` |
//! | K11 CANCEL to a question opted out and lost the answer | `shared/application/src/inbound/questions.rs::k11_cancel_opts_out_and_declines`, `shared/domain/src/grammar/tests/faults.rs::k11_cancel_opts_out_and_declines` |
//! | K12 machines were answered without end | `shared/application/src/inbound/limits.rs::k12_a_machine_gets_five_answers_whatever_it_says`, `shared/application/src/inbound/people.rs::k12_forty_different_replies_of_a_machine_get_five_answers` |
//! | K13 lists and help were sent as often as asked for | `shared/application/src/inbound/limits.rs::k13_forty_lists_in_a_minute_get_ten_and_the_limit_once`, `shared/application/src/inbound/people.rs::k13_forty_lists_in_a_minute_get_ten_answers_and_the_limit_once` |
//! | K14 one-time codes went to one number without limit | `functions/api/src/tests/messages.rs::k14_codes_go_to_no_premium_or_unknown_number`, `functions/api/src/tests/messages.rs::k14_the_sixth_code_in_ten_minutes_is_answered_with_the_time`, `shared/application/src/notify.rs::k14_codes_to_one_number_have_a_limit`, `shared/application/src/notify.rs::k14_many_requests_at_once_get_no_more_than_the_limit`, `shared/application/src/notify.rs::k14_no_code_goes_to_a_premium_number`, `shared/domain/src/code_limit.rs::k14_a_number_gets_five_codes_in_ten_minutes_and_ten_a_day`, `tests/it/notices.rs::k14_a_number_is_not_flooded_with_codes` |
//! | K15 one person had two numbers, and STOP reached one of them | `shared/application/src/check_contact/tests.rs::k15_a_number_with_a_row_of_its_own_keeps_it`, `shared/application/src/check_contact/tests.rs::k15_an_opt_out_on_either_row_counts_on_both_until_the_person_opts_in`, `shared/domain/src/numbering.rs::k15_one_person_has_one_number_however_it_is_spelled`, `shared/domain/src/numbering.rs::k15_the_short_rules_say_what_the_plans_say`, `tests/it/spellings.rs::k15_one_mexican_is_one_person` |
//! | K16 numbers that cannot exist were texted | `shared/application/src/check_contact/tests.rs::k16_a_mended_row_is_carried_over_once_and_each_later_change_of_it`, `shared/domain/src/numbering.rs::k16_impossible_numbers_are_known_by_the_plan_and_new_ranges_pass` |
//! | K17 contacts typed wrong were noticed at the next campaign only | `shared/application/src/check_contact/tests.rs::k17_each_row_says_what_became_of_it`, `shared/domain/src/numbering.rs::k17_a_number_that_a_spreadsheet_has_shortened_says_so`, `tests/it/spellings.rs::k17_contacts_say_within_seconds_what_became_of_them` |
//! | K18 national numbers were refused although the country was known | `tests/it/spellings.rs::k18_a_national_number_is_read_with_the_country_of_its_row` |
//! | K19 a holder typed by hand in another spelling had no shift | `shared/domain/src/shift.rs::k19_a_holder_typed_by_hand_is_the_person_who_texts` |
//! | K20 one mistyped setting held every text of an organisation | `functions/api/src/tests/messages.rs::k20_settings_that_can_not_be_read_do_not_refuse_a_message`, `shared/application/src/notify.rs::k20_settings_that_can_not_be_read_stop_no_notice`, `shared/application/src/record_changes/tests.rs::k20_a_record_is_told_of_whatever_can_not_be_read_of_the_settings`, `shared/application/src/send_message/tests/settings.rs::k20_what_can_not_be_read_holds_texts_that_nobody_waits_for_and_no_others`, `shared/domain/src/setting.rs::k20_every_reader_is_total`, `shared/domain/src/setting.rs::k20_lists_are_read_with_anything_between_them`, `shared/domain/src/setting.rs::k20_numbers_are_read_however_they_are_grouped`, `shared/domain/src/setting.rs::k20_quiet_hours_are_read_as_people_write_them`, `shared/domain/src/setting.rs::k20_switches_are_read_in_many_words`, `shared/domain/src/setting.rs::k20_times_of_the_day_are_read_as_clocks_are_written`, `shared/domain/src/setting.rs::k20_what_is_written_reads_back`, `shared/storage/src/organisations/settings.rs::k20_settings_are_read_in_the_spellings_that_people_use`, `shared/storage/src/organisations/settings.rs::k20_what_can_not_be_read_is_named_and_silences_nothing_else`, `tests/it/spellings.rs::k20_quiet_hours_are_read_as_typed_and_what_can_not_be_read_says_so_within_seconds` |
//! | K21 an organisation that does not exist was taken for the default one | `functions/api/src/tests/messages.rs::k21_a_request_that_names_an_organisation_that_does_not_exist_is_refused`, `shared/application/src/campaign_sweep/tests.rs::k21_a_shift_is_mended_once_its_organisation_is_there`, `shared/application/src/check_contact/tests.rs::k21_a_contact_of_an_organisation_that_does_not_exist_says_so_until_it_does`, `shared/application/src/launch_campaign/tests.rs::k21_a_campaign_of_an_organisation_that_does_not_exist_is_rejected`, `shared/application/src/launch_campaign/tests.rs::k21_a_contact_of_an_organisation_that_does_not_exist_says_so`, `shared/application/src/notify.rs::k21_nobody_is_told_in_the_name_of_an_organisation_that_does_not_exist`, `shared/application/src/record_changes/tests.rs::k21_a_record_of_an_organisation_that_does_not_exist_says_so_and_is_taken_up_when_it_does`, `shared/application/src/send_message/tests/settings.rs::k21_nothing_goes_in_the_name_of_an_organisation_that_is_gone`, `shared/domain/src/shift.rs::k21_a_shift_of_an_organisation_that_does_not_exist_says_so`, `tests/it/organisations.rs::k21_what_names_an_organisation_that_does_not_exist_says_so_and_sends_nothing` |
//! | K22 a campaign texted people of other organisations | `shared/application/src/launch_campaign/tests.rs::k22_a_campaign_texts_its_own_organisations_contacts_in_its_name`, `shared/application/src/launch_campaign/tests.rs::k22_a_campaign_that_the_provider_expands_is_no_organisations`, `shared/application/src/launch_campaign/tests/budget.rs::k22_each_organisation_pays_for_its_own_campaigns`, `shared/domain/src/campaign.rs::k22_a_campaign_reaches_its_own_organisations_contacts`, `shared/domain/src/campaign.rs::k22_no_contact_of_another_organisation_is_ever_reached`, `shared/storage/src/contacts.rs::k22_a_contact_may_be_several_organisations`, `tests/it/organisations.rs::k22_a_campaign_reaches_and_charges_its_own_organisation_alone` |
//! | K23 organisations shared their idempotency keys | `shared/application/src/notify.rs::k23_the_same_key_of_two_organisations_tells_twice`, `shared/domain/src/message/id.rs::k23_a_key_is_its_organisations_own`, `tests/it/organisations.rs::k23_an_idempotency_key_is_its_organisations_own` |
//! | K24 employees saw and booked shifts of every organisation | `shared/application/src/inbound/tests/organisations.rs::k24_an_answer_goes_in_the_name_of_the_shifts_organisation`, `shared/application/src/inbound/tests/organisations.rs::k24_employees_see_and_book_the_shifts_of_their_own_organisations`, `shared/domain/src/contact.rs::k24_a_contact_works_for_the_organisations_that_it_names`, `tests/it/organisations.rs::k24_shifts_are_listed_and_booked_within_an_organisation` |
//! | K25 reminders of shifts told hours in UTC | `shared/application/src/record_changes/tests.rs::k25_an_appointment_is_never_told_in_bare_utc`, `shared/application/src/reminder_sweep/tests.rs::k25_a_reminder_says_the_hour_on_a_clock_that_its_holder_knows` |
//! | K26 times were read differently from row to row | `shared/application/src/launch_campaign/tests.rs::k26_a_campaign_waits_for_the_clock_of_its_organisation`, `shared/domain/src/campaign.rs::k26_a_campaign_is_scheduled_by_its_own_clock_or_else_the_organisations`, `shared/domain/src/civil.rs::k26_a_time_is_read_as_people_type_it`, `shared/domain/src/civil.rs::k26_what_is_no_time_says_what_to_write`, `shared/domain/src/shift.rs::k26_a_start_is_read_by_its_own_clock_or_else_the_organisations`, `tests/it/round_trips.rs::k26_an_organisations_clock_is_read_once_in_a_while` |
//! | K27 long quiet hours outlasted most announcements | `shared/application/src/send_message/tests/admission.rs::k27_no_announcement_is_dropped_because_it_had_to_wait`, `shared/domain/src/message/transition/tests.rs::k27_the_lifetime_counts_from_the_end_of_the_quiet_hours` |
//! | K28 a reminder whose moment fell into quiet hours was dropped | `shared/application/src/reminder_sweep/nights.rs::k28_an_early_shift_is_reminded_of_the_evening_before`, `shared/application/src/reminder_sweep/nights.rs::k28_every_reminder_leaves_before_its_shift_and_not_in_the_quiet_hours`, `shared/domain/src/appointment/reconcile/tests.rs::k28_a_question_that_falls_into_the_night_goes_the_evening_before`, `shared/domain/src/quiet_hours/tests.rs::k28_what_must_not_wait_goes_an_hour_before_the_evening_ends` |
//! | K29 where no zone was known there were no quiet hours | `shared/application/src/send_message/tests/admission.rs::k29_a_number_alone_says_whose_night_it_is`, `shared/domain/src/quiet_hours/tests.rs::k29_campaigns_keep_to_the_hours_of_the_law_besides`, `shared/domain/src/quiet_hours/tests.rs::k29_hours_that_somebody_chose_hold_for_every_number`, `shared/domain/src/quiet_hours/tests.rs::k29_without_a_zone_the_number_says_whose_night_it_is`, `shared/storage/src/organisations/settings.rs::k29_hours_of_the_law_are_the_tables_or_ones_own` |
//! | K30 what was handed over in the evening was delivered at night | `shared/application/src/send_message/tests/admission.rs::k30_a_provider_may_deliver_only_until_it_becomes_quiet`, `shared/messaging/src/provider/end_user_messaging/request.rs::k30_the_time_to_live_ends_when_it_becomes_quiet`, `shared/messaging/tests/it/twilio.rs::k30_a_text_is_valid_until_it_becomes_quiet` |
//! | K31 nobody's first text said how to stop | `shared/application/src/send_message/tests/first_text.rs::k31_a_text_that_is_tried_again_keeps_its_words`, `shared/application/src/send_message/tests/first_text.rs::k31_how_to_stop_is_said_in_the_language_of_the_text_and_paid_for`, `shared/application/src/send_message/tests/first_text.rs::k31_nothing_is_added_to_registered_words`, `shared/application/src/send_message/tests/first_text.rs::k31_that_somebody_was_texted_is_noted_once_an_hour`, `shared/application/src/send_message/tests/first_text.rs::k31_the_first_text_that_we_begin_says_how_to_stop`, `shared/storage/src/records/conversation.rs::k31_what_we_texted_reads_back_and_is_kept_for_ninety_days`, `tests/it/notices.rs::k31_the_first_text_says_how_to_stop_and_what_follows_does_not` |
//! | K32 erasure left the name in texts to staff, and ids that lead to numbers | `shared/application/src/record_receipt/tests.rs::k32_a_receipt_finds_the_message_of_somebody_who_was_erased`, `shared/storage/src/people/messages.rs::k32_a_message_moves_to_an_id_that_is_made_of_nothing`, `shared/storage/src/people/records.rs::k32_what_is_named_by_a_digest_gets_another_name`, `tests/it/erasure.rs::k32_nothing_that_remains_can_be_traced_to_the_number` |
//! | K53 what a desk types of an appointment rejected the row | `shared/domain/src/appointment/reconcile/tests.rs::k53_a_cancellation_in_any_language_is_told`, `shared/domain/src/appointment/reconcile/tests.rs::k53_a_no_show_withdraws_the_review_that_waits`, `shared/domain/src/appointment/reconcile/tests.rs::k53_nobody_is_asked_for_a_review_who_did_not_come`, `shared/domain/src/appointment/reconcile/tests.rs::k53_what_is_done_is_reviewed_as_usual`, `shared/domain/src/appointment/reconcile/tests.rs::k53_what_is_not_understood_lists_what_is`, `shared/domain/src/appointment/reconcile/tests.rs::k53_who_is_confirmed_by_the_desk_is_not_asked`, `shared/domain/src/appointment/state.rs::k53_the_usual_words_of_a_desk_are_understood` |
//! | K57 a holder typed by hand was neither listed nor reminded | `shared/application/src/check_shift.rs::k57_a_holder_in_the_place_of_another_takes_over`, `shared/application/src/check_shift.rs::k57_a_holder_typed_by_hand_has_a_booking_and_is_reminded`, `tests/it/spellings.rs::k57_a_holder_typed_by_hand_finds_the_shift_and_gives_it_back` |

use std::collections::BTreeSet;

use crate::sources::{named, tests};

/// The faults that have to be in the table.
fn faults() -> impl Iterator<Item = u32> {
    (1..=32).chain([53, 57])
}

/// The rows of the table: what was wrong, by its number, and the tests.
fn rows() -> Vec<(u32, Vec<&'static str>)> {
    let lines = include_str!("known_faults.rs").lines();
    let row = |line: &'static str| {
        let number = line.strip_prefix("//! | K")?.get(..2)?.parse().ok()?;
        Some((number, named(line).collect()))
    };
    lines.filter_map(row).collect()
}

#[test]
fn every_fault_has_a_test_and_every_test_of_a_fault_is_in_the_table() {
    let rows = rows();
    let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, faults().collect::<Vec<_>>());

    let (tests, mut listed) = (tests(), BTreeSet::new());
    for (number, named) in rows {
        assert!(!named.is_empty(), "K{number:02} has no test");
        for test in named {
            assert!(tests.contains(test), "K{number:02}: there is no test {test}");
            assert!(
                test.contains(&format!("::k{number:02}_")),
                "{test} is not named after K{number:02}"
            );
            listed.insert(test);
        }
    }
    let of_a_fault = |test: &&String| {
        let (_, function) = test.rsplit_once("::").unwrap_or_default();
        let number = function.strip_prefix('k').and_then(|rest| rest.split_once('_'));
        number.is_some_and(|(number, _)| number.len() == 2 && number.bytes().all(|it| it.is_ascii_digit()))
    };
    let left_out: Vec<&String> = tests
        .iter()
        .filter(of_a_fault)
        .filter(|test| !listed.contains(test.as_str()))
        .collect();
    assert_eq!(left_out, Vec::<&String>::new());
}
