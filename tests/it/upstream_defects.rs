//! The defects of the sample that this product replaces, one test each, which the sample would fail.
//!
//! | defect | test |
//! |---|---|
//! | D1 nothing is ever announced | [`announcing::d01_an_inserted_row_is_announced`] |
//! | D2 one bad campaign row blocks all others for a day | [`announcing::d02_a_bad_campaign_row_holds_up_no_other`] |
//! | D3 two employees are both told that a shift is theirs | [`booking::d03_two_employees_one_shift_one_winner`] |
//! | D4 a withdrawn shift comes back and is booked | [`booking::d04_a_shift_deleted_meanwhile_stays_deleted`] |
//! | D5 a text delivered twice is answered twice, differently | [`booking::d05_a_text_delivered_again_changes_and_says_nothing`] |
//! | D6 a trailing comma books and answers nothing | [`parsing::d06_stray_commas_and_empty_texts_are_answered`] |
//! | D7 a person who texts STOP is texted again | [`sending::d07_stop_start_and_help_are_understood`] |
//! | D8 whether a text was sent is not looked at | [`sending::d08_throttled_replies_go_once_refused_say_why`] |
//! | D9 the holder is answered that the shift is taken | [`booking::d09_the_holder_who_repeats_a_code_is_told_so`] |
//! | D10 a code texted twice is booked and taken | [`booking::d10_a_code_said_twice_counts_once`] |
//! | D11 shifts beyond the first megabyte are not found | [`listing::d11_a_free_shift_is_found_behind_3000_taken_ones`] |
//! | D12 a long list makes a text that cannot be sent | [`listing::d12_a_long_list_comes_in_sendable_parts`] |
//! | D13 only commas separate codes | [`parsing::d13_codes_are_read_as_people_write_them`] |
//! | D14 a code in lower case can never be booked | [`parsing::d14_a_shift_is_booked_whatever_its_case`] |
//! | D15 every word that begins with "agent" places a call | [`parsing::d15_only_the_word_agent_calls_and_only_once`] |
//! | D16 a new employee needs a new deployment | [`senders::d16_a_new_person_is_served_at_once`] |
//! | D17 strangers and machines are answered without end | [`senders::d17_a_stranger_is_refused_once_and_a_machine_never`] |
//! | D18 the second record of an event crashes | [`senders::d18_every_record_of_an_event_is_served`] |
//! | D19 one malformed row breaks REQUEST for everybody | [`listing::d19_a_malformed_row_is_left_out_and_told_why`] |
//! | D20 an event delivered again announces again | [`announcing::d20_a_campaign_delivered_again_is_announced_once`] |
//! | D21 a shift has one place, no time and no way back | [`booking::d21_places_start_times_and_giving_back`] |
//! | D22 nobody can find out later what happened | [`booking::d22_who_held_and_who_asked_is_on_record`] |
//! | D23 replies wait for three functions at most | [`operating::d23_replies_at_once_are_all_answered`] |
//! | D24 what fails is lost silently | [`operating::d24_what_cannot_be_served_is_kept_and_rings`] |
//! | D25 functions may do more than they do | [`operating::d25_nothing_is_allowed_on_everything`] |
//! | D26 one time zone and one language, in the code | [`announcing::d26_announced_at_any_zones_time_in_the_readers_language`] and [`wording::d26_no_wording_in_code`] |

mod announcing;
mod booking;
mod listing;
mod operating;
mod parsing;
mod senders;
mod sending;
mod wording;

use tests::Product;

const ANNA: &str = "+12025550101";
const BEN: &str = "+12025550102";
const CHIDI: &str = "+12025550103";

/// A product with these employees.
async fn product_with(employees: &[&str]) -> Product {
    let product = crate::product().await;
    for phone in employees {
        product.put_employee(phone).await;
    }
    product
}

/// Waits until a function has written a line with these words this many times.
async fn logged(product: &Product, function: &str, words: &str, times: usize) {
    let said = async || {
        product
            .logs_of(function)
            .iter()
            .filter(|line| line.contains(words))
            .count()
            >= times
    };
    product.until(words, async || said().await.then_some(())).await;
}
