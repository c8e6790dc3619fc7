//! The alphabet of text messages (3GPP TS 23.038): whoever sends other letters fits 70 into one message, not 160.

/// The basic set and its extension, whose letters count twice.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\u{c}^{}\\[~]|€";

/// Whether the text can be written in it.
pub(super) fn is_gsm(text: &str) -> bool {
    text.chars().all(|letter| GSM.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_of_the_alphabet_are_in_it() {
        assert!(is_gsm("012345 is your Ångström code\n@host #012345 {€}"));
        for other in ["ç", "ł", "“", "你", "`", "\u{a0}"] {
            assert!(!is_gsm(other), "{other}");
        }
    }
}
