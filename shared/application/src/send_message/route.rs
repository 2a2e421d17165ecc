//! The providers that could carry a message.

use std::sync::Arc;

use domain::message::{Channel, Message, Suppression};
use domain::organisation::Organisation;
pub(super) use domain::organisation::organisation_of;
use messaging::{Listed, Provider, Providers};

/// Who could carry a message, or why nobody can.
pub(super) enum Routing {
    /// In order of preference.
    Candidates(Vec<(Arc<dyn Provider>, Listed)>),
    Suppressed(Suppression),
    /// There are some, and the settings of none can be used.
    Unusable,
}

/// The providers of the message's channel: for a text in the order of the organisation's routes, or else the stack's.
pub(super) fn candidates(message: &Message, organisation: &Organisation, providers: &Providers) -> Routing {
    let listed: Vec<&Listed> = match (message.channel, &message.to) {
        (Channel::Sms, Some(to)) => {
            let Some(routes) = organisation.routes.as_ref().or_else(|| providers.routes()) else {
                return Routing::Unusable;
            };
            let names = routes.for_number(to);
            let known: Vec<&Listed> = names.iter().filter_map(|name| providers.get(name)).collect();
            if known.is_empty() && !names.is_empty() {
                return Routing::Unusable;
            }
            known
        }
        (Channel::Sms, None) => Vec::new(),
        (channel, _) => providers.of_channel(channel).collect(),
    };
    if listed.is_empty() {
        return Routing::Suppressed(Suppression::NoProvider);
    }
    let enabled: Vec<&Listed> = listed.into_iter().filter(|listed| listed.enabled).collect();
    if enabled.is_empty() {
        return Routing::Suppressed(Suppression::ProviderDisabled);
    }
    let usable: Vec<(Arc<dyn Provider>, Listed)> = enabled
        .into_iter()
        .filter_map(|listed| Some((Arc::clone(listed.provider.as_ref()?), listed.clone())))
        .filter(|(provider, _)| provider.capabilities().channel == message.channel)
        .collect();
    if usable.is_empty() {
        return Routing::Unusable;
    }
    // One that does not serve the country is left out, unless it is the only one: then its refusal says why.
    let (reaching, others): (Vec<_>, Vec<_>) = usable.into_iter().partition(|(provider, _)| {
        let to = message.to.as_ref();
        to.is_none_or(|to| provider.capabilities().reaches(to))
    });
    Routing::Candidates(if reaching.is_empty() { others } else { reaching })
}

/// The message as it is handed over.
///
/// An answer is sent from the number that was texted, if the provider has it; anything else from its organisation's
/// `sender`, if the provider allows it, or from the provider's own number.
pub(super) fn with_sender(
    message: &Message,
    organisation: &Organisation,
    listed: &Listed,
    provider: &dyn Provider,
) -> (Message, &'static str) {
    let brought = message.via.as_deref() == Some(provider.name());
    if brought {
        return (message.clone(), "");
    }
    let (from, reason) = match &organisation.sender {
        Some(sender) if provider.capabilities().sender_override => {
            (Some(sender.clone()), "; the sender is the organisation's")
        }
        _ if listed.has_stack_number && message.via.is_none() => (message.from.clone(), ""),
        _ => (None, ""),
    };
    let message = Message {
        from,
        ..message.clone()
    };
    (message, reason)
}
