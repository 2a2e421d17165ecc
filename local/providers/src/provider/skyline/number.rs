//! Phone numbers as the SIM cards, which are North American, dial and show them.

/// The number in E.164 that a dialled one reaches.
pub(super) fn reached(dialled: &str) -> String {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if let Some(international) = dialled
        .strip_prefix('+')
        .or_else(|| dialled.strip_prefix("011"))
        .or_else(|| dialled.strip_prefix("00"))
    {
        return format!("+{}", digits(international));
    }
    let dialled = digits(dialled);
    match dialled.len() {
        10 => format!("+1{dialled}"),
        _ => format!("+{dialled}"),
    }
}

/// A number as the device shows it, in digits only.
pub(super) fn shown(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// Whether the network refuses texts to it at once.
pub(super) fn is_unknown(phone: &str) -> bool {
    phone == "+12025550191"
}

/// Whether the network takes texts to it and never gets one through.
pub(super) fn is_unreachable(phone: &str) -> bool {
    phone == "+12025550192"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialled_number_reaches_its_phone() {
        for dialled in [
            "+12025550101",
            "12025550101",
            "2025550101",
            "0012025550101",
            "01112025550101",
        ] {
            assert_eq!(reached(dialled), "+12025550101", "{dialled}");
        }
        assert_eq!(reached("919876543210"), "+919876543210");
    }
}
