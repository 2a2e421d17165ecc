//! Reads everything at once.

use std::collections::BTreeSet;

use application::inbound::{FoundShift, Query, Snapshot};
use application::port::{Organisations, StoreError};
use aws_sdk_dynamodb::Client;
use domain::phone_number::PhoneNumber;
use domain::shift_code::ShiftCode;
use futures_util::future::{try_join, try_join_all, try_join4};

use super::InboundTableNames;
use crate::error::store_error;
use crate::item::{Item, key};
use crate::records::{basis, booking, conversation, handled, has_sort_key, history, standing};
use crate::{contacts, request, shifts};

/// Available shifts that a text looks at; more than fit into an answer.
const AVAILABLE: i32 = 200;

/// Pages of the index, of at most a megabyte each, that are searched for a code in another mixture of cases.
const SEARCHED_PAGES: usize = 10;

pub(super) async fn read(
    client: &Client,
    names: &InboundTableNames,
    organisations: &dyn Organisations,
    query: &Query,
) -> Result<Snapshot, StoreError> {
    let phone = query.phone.as_ref();
    let (rows, available, bookings, questions) = try_join4(
        request::batch_get(client, keys(names, query)),
        async {
            match &query.available {
                None => Ok(shifts::RowsPage::default()),
                Some(after) => shifts::available(client, &names.shifts, after.as_deref(), AVAILABLE).await,
            }
        },
        async {
            match phone.filter(|_| query.bookings) {
                None => Ok(Vec::new()),
                Some(phone) => booking::all(client, &names.records, phone).await,
            }
        },
        async {
            match phone.filter(|_| query.questions) {
                None => Ok(Vec::new()),
                Some(phone) => basis::open_questions(client, &names.records, phone).await,
            }
        },
    )
    .await?;
    let mut snapshot = Snapshot {
        query: query.clone(),
        handled_at: None,
        contact: None,
        conversation: Default::default(),
        standing: Default::default(),
        shifts: Vec::new(),
        available: available.read(organisations).await?,
        bookings,
        questions,
    };
    let mut of_shifts = Vec::new();
    for (table, item) in rows {
        if table == names.shifts {
            of_shifts.push(item);
        } else {
            place(&mut snapshot, names, phone, &table, item)?;
        }
    }
    snapshot.shifts = shifts::found(of_shifts, organisations).await?;
    if query.thorough {
        let missing = missing(query, &snapshot.shifts);
        let rows = search(client, names, &missing).await?;
        snapshot.shifts.extend(shifts::found(rows, organisations).await?);
    }
    Ok(snapshot)
}

/// The keys of everything that is known by its key. DynamoDB takes no key twice.
fn keys<'a>(names: &'a InboundTableNames, query: &Query) -> Vec<(&'a str, Item)> {
    let mut keys = vec![(names.records.as_str(), handled::key(&query.inbound))];
    if let Some(phone) = &query.phone {
        keys.push((&names.records, conversation::key(phone)));
        keys.push((&names.records, standing::key(phone)));
        keys.push((&names.contacts, key(contacts::KEY, phone.as_str())));
        let ids: BTreeSet<String> = query.codes.iter().flat_map(ShiftCode::spellings).collect();
        keys.extend(shift_keys(names, &ids));
    }
    keys
}

fn shift_keys<'a>(names: &'a InboundTableNames, ids: &BTreeSet<String>) -> impl Iterator<Item = (&'a str, Item)> {
    ids.iter().map(|id| (names.shifts.as_str(), key(shifts::KEY, id)))
}

/// Puts a row where it belongs.
fn place(
    snapshot: &mut Snapshot,
    names: &InboundTableNames,
    phone: Option<&PhoneNumber>,
    table: &str,
    item: Item,
) -> Result<(), StoreError> {
    if table == names.contacts {
        snapshot.contact = phone.map(|phone| contacts::contact(phone.clone(), item));
    } else if has_sort_key(&item, handled::SORT_KEY) {
        snapshot.handled_at = Some(handled::handled_at(item)?);
    } else if has_sort_key(&item, standing::SORT_KEY) {
        snapshot.standing = standing::decode_or_forget(item);
    } else {
        snapshot.conversation = conversation::decode_or_forget(item);
    }
    Ok(())
}

fn missing(query: &Query, found: &[FoundShift]) -> Vec<ShiftCode> {
    let is_found = |code: &ShiftCode| found.iter().any(|shift| code.matches(shift.id()));
    query.codes.iter().filter(|code| !is_found(code)).cloned().collect()
}

/// Looks for codes whose letters are stored in an unusual mixture of cases: among the available shifts, and where such
/// a shift was once booked.
async fn search(client: &Client, names: &InboundTableNames, codes: &[ShiftCode]) -> Result<Vec<Item>, StoreError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let booked = codes.iter().map(|code| history::last_id(client, &names.records, code));
    let (mut ids, booked) = try_join(search_available(client, names, codes), try_join_all(booked)).await?;
    ids.extend(booked.into_iter().flatten());
    let rows = request::batch_get(client, shift_keys(names, &ids).collect()).await?;
    Ok(rows.into_iter().map(|(_, item)| item).collect())
}

async fn search_available(
    client: &Client,
    names: &InboundTableNames,
    codes: &[ShiftCode],
) -> Result<BTreeSet<String>, StoreError> {
    let table = &names.shifts;
    let mut pages = shifts::by_status(client, table, None)
        .projection_expression("#shift_id")
        .expression_attribute_names("#shift_id", shifts::KEY)
        .into_paginator()
        .send();
    let mut ids = BTreeSet::new();
    for _ in 0..SEARCHED_PAGES {
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|error| store_error("Query", table, &error))?;
        let page_ids = page
            .items()
            .iter()
            .filter_map(|item| item.get(shifts::KEY)?.as_s().ok());
        ids.extend(page_ids.filter(|id| codes.iter().any(|code| code.matches(id))).cloned());
    }
    Ok(ids)
}
