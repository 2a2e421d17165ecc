//! The cast: twelve employees in the country of the provider that reaches them, and the sender of each text.

use super::row::DemoRow;
use crate::chosen_provider::ChosenProvider;
use local_aws::endpoint::PROVIDER as END_USER_MESSAGING;

/// First names, in the order of the numbers.
const NAMES: [&str; 12] = [
    "Ana", "Ben", "Chidi", "Dana", "Emre", "Fatou", "Grace", "Hiro", "Ines", "Jamal", "Kaja", "Liam",
];

/// The number that everybody texts.
pub(super) const BUSINESS: &str = "+12025550100";

/// How many employees an announcement reaches.
pub(super) const AUDIENCE: usize = NAMES.len();

/// The employees, and who brings them what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast(ChosenProvider);

impl Cast {
    /// The cast for the provider that was chosen, or for none.
    pub(super) fn of(provider: Option<ChosenProvider>) -> Self {
        Self(provider.unwrap_or(ChosenProvider::END_USER_MESSAGING))
    }

    /// The number of an employee, counted from 1.
    pub(super) fn employee(self, number: usize) -> String {
        format!("{}{number:02}", self.0.traits().employees)
    }

    /// Everybody's number and first name.
    pub(super) fn employees(self) -> impl Iterator<Item = (String, &'static str)> {
        (1..)
            .zip(NAMES)
            .map(move |(number, name)| (self.employee(number), name))
    }

    /// That the stack's own organisation texts at any hour, where the employees' numbers are of a country that has its
    /// nights: a demonstration must not wait for the morning.
    pub(super) fn texted_at_any_hour(self) -> Option<DemoRow> {
        let attributes = [("quiet_hours", "off"), ("legal_hours", "off")];
        let row = || DemoRow::new(("organisation#default", "settings"), &attributes);
        (!self.0.traits().employees.starts_with("+1")).then(row)
    }

    /// Whether announcements go to apps.
    pub(super) fn has_apps(self) -> bool {
        self.0.traits().pushes
    }

    /// Who brings announcements.
    pub(super) fn announcer(self) -> ChosenProvider {
        self.0
    }

    /// Who brings answers.
    pub(super) fn replier(self) -> ChosenProvider {
        self.0.of_texts()
    }

    /// Who takes what the employees text.
    pub(super) fn listener(self) -> &'static str {
        if self.0.traits().serves_the_number {
            self.0.name()
        } else {
            END_USER_MESSAGING
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn employees_live_where_the_provider_reaches_them() {
        for (provider, first, last) in [
            (None, "+12025550101", "+12025550112"),
            (Some("twilio"), "+12025550101", "+12025550112"),
            (Some("fast2sms"), "+919876543201", "+919876543212"),
            (Some("mn131344"), "+97699112201", "+97699112212"),
        ] {
            let provider = provider.map(|name| ChosenProvider::from_name(name).unwrap());
            let numbers: Vec<_> = Cast::of(provider).employees().map(|(number, _)| number).collect();
            assert_eq!((numbers[0].as_str(), numbers[AUDIENCE - 1].as_str()), (first, last));
        }
    }

    #[test]
    fn one_way_providers_answer_what_another_one_takes() {
        for (provider, listener, replier) in [
            ("skyline", "skyline", "skyline"),
            ("fast2sms", "end-user-messaging", "fast2sms"),
            ("fcm", "end-user-messaging", "end-user-messaging"),
        ] {
            let provider = ChosenProvider::from_name(provider).unwrap();
            let cast = Cast::of(Some(provider));
            assert_eq!((cast.listener(), cast.replier().name()), (listener, replier));
            assert_eq!(cast.announcer(), provider);
        }
    }
}
