//! A campaign: one row that a person or a program inserts, and the announcement it launches.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use strum::{EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

use crate::budget::{Budget, Month};
use crate::civil::{self, CivilError};
use crate::contact::Contact;
use crate::language::Language;
use crate::organisation::{UnknownOrganisation, named};
use crate::pace::Rate;
use crate::segment;
use crate::shift_code::ShiftCode;
use crate::token::Tokens;
use crate::wording::Text;

/// The attributes of a row of the campaigns table, as found. Only `campaign_id` is always there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CampaignRow {
    pub campaign_id: String,
    pub shifts: Option<String>,
    pub message: Option<String>,
    /// Group names; empty, or the word `all` or `*`, is everybody.
    pub audience: Vec<String>,
    pub scheduled_for: Option<String>,
    /// Where the clock of `scheduled_for` hangs; `None` is where the organisation's does.
    pub zone: Option<String>,
    /// `sms`, which is also meant by nothing, or `push`.
    pub channel: Option<String>,
    pub organisation: Option<String>,
    /// Whether to text as many as the budget holds rather than nobody, where it does not hold all.
    pub as_far_as_budget: bool,
    /// After that nobody is texted any more.
    pub send_until: Option<String>,
    /// Whether to text as many as there is time for rather than nobody, where there is not enough for all.
    pub as_far_as_time: bool,
    pub status: Option<String>,
    /// What to change, where an attribute is not of a type that can be read.
    pub malformed: Option<String>,
}

crate::shows_only!(CampaignRow { campaign_id, status });

/// Where a campaign is, as written on its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub enum CampaignStatus {
    /// Waits for `scheduled_for`.
    Scheduled,
    /// The audience is being expanded into messages.
    Launching,
    /// Every recipient has a message; some are still under way.
    Sending,
    /// What is left waits, since its provider refuses everything; `held_because` says why.
    Held,
    /// Typed by hand on one that is held: try again now.
    Resumed,
    /// Typed by hand while it is sent: what is left is cancelled.
    Stopped,
    /// Every message is in a final state.
    Completed,
    /// The row cannot be used; `error` says why.
    Rejected,
    /// Called off by hand. Typed while it is sent it does as `Stopped`.
    Cancelled,
}

impl CampaignStatus {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}

/// Why a row cannot be launched. The text is written on the row for its author.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CampaignError {
    /// Names the attribute and what it must be, as in "`shifts` must be text".
    #[error("{0}")]
    Malformed(String),
    #[error("the row has neither shifts nor message, so there is nothing to announce")]
    NothingToAnnounce,
    #[error("scheduled_for {0}")]
    ScheduledFor(CivilError),
    #[error("send_until {0}")]
    SendUntil(CivilError),
    #[error("zone {0}")]
    Zone(CivilError),
    #[error("{0}; then insert the row again")]
    Organisation(UnknownOrganisation),
    #[error("the announcement would take {characters} characters; a text has at most {MAX_CHARACTERS}")]
    TooLong { characters: usize },
    #[error("a campaign with this campaign_id was launched before; insert a row with a new campaign_id")]
    LaunchedBefore,
    #[error("campaign_id has {0} characters; at most {MAX_ID_CHARACTERS} are allowed")]
    IdTooLong(usize),
    #[error("channel must be sms or push, not \"{0}\"")]
    Channel(String),
    #[error("status \"{0}\" is not one that a new row can have; leave status out")]
    Status(String),
    #[error("{0}")]
    OverBudget(Shortage),
    #[error("{0}")]
    TooLate(Lateness),
    #[error("the provider itself finds the audience of this campaign, so it cannot be kept within a budget")]
    OutsideBudget,
    #[error(
        "the provider itself finds the audience of this campaign, so it cannot be kept within an organisation; insert the row again without organisation"
    )]
    OutsideOrganisation,
}

/// What a campaign takes of its organisation's budget, and what there is. All but the month in segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    pub needed: u64,
    pub left: u64,
    pub budget: Budget,
    pub month: Month,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [needed, left, all, reserve] =
            [self.needed, self.left, self.budget.segments(), self.budget.reserve()].map(in_groups);
        write!(f, "needs {needed} segments; {left} of {all} are left in {}", self.month)?;
        if self.budget.reserve() > 0 {
            write!(f, ", and {reserve} more are held in reserve")?;
        }
        if self.left > 0 {
            f.write_str("; insert the row again with as_far_as_budget = yes to text as many as that is enough for")?;
        }
        Ok(())
    }
}

/// How long a campaign takes, and how long it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lateness {
    pub parts: u64,
    pub rate: Rate,
    /// When it would be its turn.
    pub begins: Timestamp,
    pub done_at: Timestamp,
    pub ends: Timestamp,
    /// Whether it ends because the first of its shifts begins.
    pub ends_with_shift: bool,
    /// The time zone in which the times are stated.
    pub zone: TimeZone,
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |at: Timestamp| at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
        let parts = in_groups(self.parts);
        write!(f, "needs {parts} message parts at {}", self.rate)?;
        if self.done_at == Timestamp::MAX {
            f.write_str(", which takes more than a year")?;
        } else {
            write!(f, ", which are sent by {}", shown(self.done_at))?;
        }
        write!(f, ", and ends at {}", shown(self.ends))?;
        if self.ends_with_shift {
            f.write_str(", when the first of its shifts begins")?;
        }
        f.write_str("; insert the row again with a later send_until")?;
        if self.begins < self.ends {
            f.write_str(", or with as_far_as_time = yes to text as many as there is time for")?;
        }
        Ok(())
    }
}

/// As in 50,000.
fn in_groups(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

/// The longest body that End User Messaging takes.
pub const MAX_CHARACTERS: usize = 1600;

/// Words of an announcement that are looked up as codes of shifts.
const MAX_CODES: usize = 100;
const MAX_ID_CHARACTERS: usize = 200;

/// The audience that is everybody, of a campaign without an organisation even the contacts of all organisations.
const EVERYBODY: &str = "*";

/// A campaign that can be launched.
#[derive(Clone, PartialEq, Eq)]
pub struct Campaign {
    pub id: String,
    shifts: Option<String>,
    message: Option<String>,
    /// The groups it goes to; none means everybody.
    groups: BTreeSet<String>,
    /// It goes to the contacts of every organisation.
    is_for_all_organisations: bool,
    pub scheduled_for: Option<Timestamp>,
    /// It goes to apps instead of phones.
    pub by_push: bool,
    /// In whose name it goes, and whose contacts it reaches.
    pub organisation: String,
    /// It goes to as many as the budget holds rather than to nobody, where the budget does not hold all.
    pub as_far_as_budget: bool,
    pub send_until: Option<Timestamp>,
    /// It goes to as many as there is time for rather than to nobody, where there is not enough for all.
    pub as_far_as_time: bool,
}

crate::shows_only!(Campaign { id, scheduled_for });

impl CampaignRow {
    /// The organisation whose campaign it is.
    pub fn organisation(&self) -> &str {
        named(self.organisation.as_deref())
    }

    /// Whether nobody has taken the row up: it says nothing of where the campaign is.
    pub fn is_untouched(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status.trim().is_empty())
    }
}

impl Campaign {
    /// Reads a row whose times are on `clock` where they say nothing else, which is that of its organisation.
    ///
    /// # Errors
    ///
    /// What to change on the row.
    pub fn read(row: &CampaignRow, clock: Option<&TimeZone>) -> Result<Self, CampaignError> {
        let id_characters = row.campaign_id.chars().count();
        if id_characters > MAX_ID_CHARACTERS {
            return Err(CampaignError::IdTooLong(id_characters));
        }
        if let Some(complaint) = &row.malformed {
            return Err(CampaignError::Malformed(complaint.clone()));
        }
        let shifts = filled(row.shifts.as_deref());
        let message = filled(row.message.as_deref());
        if shifts.is_none() && message.is_none() {
            return Err(CampaignError::NothingToAnnounce);
        }
        let zone = match filled(row.zone.as_deref()) {
            None => clock.cloned(),
            Some(zone) => Some(civil::parse_zone(&zone).map_err(CampaignError::Zone)?),
        };
        let time = |attribute: Option<&str>, error: fn(CivilError) -> CampaignError| {
            let time = filled(attribute).map(|text| civil::parse_time(&text, zone.as_ref()).map_err(error));
            time.transpose().map(|time| time.map(|time| time.timestamp()))
        };
        let scheduled_for = time(row.scheduled_for.as_deref(), CampaignError::ScheduledFor)?;
        let send_until = time(row.send_until.as_deref(), CampaignError::SendUntil)?;
        let by_push = match filled(row.channel.as_deref()) {
            None => false,
            Some(channel) if channel.eq_ignore_ascii_case("sms") => false,
            Some(channel) if channel.eq_ignore_ascii_case("push") => true,
            Some(channel) => return Err(CampaignError::Channel(channel)),
        };
        let names = row.audience.iter().flat_map(|names| names.split(',')).map(str::trim);
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        let everybody = names.contains(&EVERYBODY);
        let groups = names
            .into_iter()
            .filter(|name| !everybody && !name.eq_ignore_ascii_case("all"));
        let campaign = Self {
            id: row.campaign_id.clone(),
            shifts,
            message,
            groups: groups.map(ToOwned::to_owned).collect(),
            is_for_all_organisations: everybody && filled(row.organisation.as_deref()).is_none(),
            scheduled_for,
            by_push,
            organisation: row.organisation().to_owned(),
            as_far_as_budget: row.as_far_as_budget,
            send_until,
            as_far_as_time: row.as_far_as_time,
        };
        for language in Language::ALL {
            // The longer of the two announcements decides, so that a row's fate does not depend on a setting.
            let characters = campaign.announcement(language, true).encode_utf16().count();
            if characters > MAX_CHARACTERS {
                return Err(CampaignError::TooLong { characters });
            }
        }
        Ok(campaign)
    }

    /// Whether it goes to `contact`: one of its organisation's, or of any where it names none and its audience is `*`.
    pub fn reaches(&self, contact: &Contact) -> bool {
        let is_within = self.is_for_all_organisations || contact.works_for(&self.organisation);
        is_within && contact.is_reached_by(&self.groups)
    }

    /// The words of its shifts that may be codes.
    pub fn shift_codes(&self) -> BTreeSet<ShiftCode> {
        let words = Tokens::of(self.shifts.as_deref().unwrap_or_default());
        words.filter_map(ShiftCode::from_token).take(MAX_CODES).collect()
    }

    /// The text that a recipient gets.
    pub fn announcement(&self, language: Language, agent: bool) -> String {
        let text = match (&self.message, &self.shifts) {
            (message, Some(shifts)) => {
                let shifts = shifts.trim_end_matches(['.', ' ']);
                let announcement = Text::Announcement { shifts, agent }.render(language);
                match message {
                    Some(message) => format!("{message}\n{announcement}"),
                    None => announcement,
                }
            }
            (Some(message), None) => Text::Message { message }.render(language),
            (None, None) => String::new(),
        };
        segment::prefer_gsm7(&text).into_owned()
    }
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests;
