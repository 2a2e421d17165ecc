//! Writes the whole answer, or nothing.

use application::inbound::{ContactChange, Plan};
use application::port::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::phone_number::PhoneNumber;

use super::InboundTableNames;
use crate::contacts::{self, Row};
use crate::records::history::{self, Event};
use crate::records::{basis, booking, conversation, handled, standing};
use crate::request::{deleting, putting, transact, updating};
use crate::{appointments, messages, shifts};

pub(super) async fn commit(client: &Client, names: &InboundTableNames, plan: &Plan) -> Result<(), StoreError> {
    Ok(transact(client, writes(names, plan)?).await?)
}

fn writes(names: &InboundTableNames, plan: &Plan) -> Result<Vec<TransactWriteItem>, StoreError> {
    let mut writes = vec![putting(handled::record(&names.records, &plan.handled)?)];
    if let Some(phone) = &plan.phone {
        writes.extend(contact(names, plan, phone)?);
        writes.extend(conversation::update(&names.records, plan, phone)?.map(updating));
        writes.extend(standing::update(&names.records, plan, phone)?.map(updating));
        if let Some(answer) = &plan.answer {
            writes.push(updating(appointments::answered(&names.records, answer)?));
            writes.push(updating(basis::answered(&names.records, phone, answer)?));
        }
        for claim in &plan.claims {
            let shift = &claim.shift;
            writes.push(updating(shifts::claim(&names.shifts, claim, phone)?));
            writes.push(putting(booking::made(&names.records, phone, shift, plan.handled.at)?));
            writes.push(putting(history::line(
                &names.records,
                &shift.id,
                Event::Booked,
                phone,
                &plan.handled,
            )?));
        }
        for release in &plan.releases {
            let shift = &release.shift;
            writes.push(updating(shifts::release(&names.shifts, release, phone)?));
            writes.push(deleting(booking::given_back(&names.records, phone, shift)?));
            writes.push(putting(history::line(
                &names.records,
                &shift.id,
                Event::GivenBack,
                phone,
                &plan.handled,
            )?));
        }
    }
    for message in &plan.messages {
        writes.push(putting(messages::put_new(&names.messages, message)?));
    }
    for (shift_id, error) in &plan.rejected_shifts {
        writes.push(updating(shifts::rejected(&names.shifts, shift_id, error)?));
    }
    Ok(writes)
}

fn contact(
    names: &InboundTableNames,
    plan: &Plan,
    phone: &PhoneNumber,
) -> Result<Option<TransactWriteItem>, StoreError> {
    let update = match &plan.contact {
        None => return Ok(None),
        Some(ContactChange::OptOut(opt_out)) => contacts::opted_out(&names.contacts, phone, opt_out, Row::Welcoming)?,
        Some(ContactChange::StrangerOptOut(opt_out)) => contacts::opted_out(&names.contacts, phone, opt_out, Row::New)?,
        Some(ContactChange::Reached) => contacts::reached(&names.contacts, phone)?,
        Some(ContactChange::OptIn { at }) => contacts::opted_in(&names.contacts, phone, *at)?,
    };
    Ok(Some(updating(update)))
}
