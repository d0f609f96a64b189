//! Reported amounts of money, in pico-dollars.
//!
//! A float is read as the shortest decimal that denotes it, and the decimal is rounded to whole
//! pico-dollars, half up: `9.625000000000001e-05` is 96,250,000 pico-dollars. No sum uses floats.

/// Decimal places from dollars to pico-dollars.
const DIGITS: i32 = 12;

/// Reads an amount in dollars: `0.00507`, `9.6e-05`.
pub(crate) fn pico_of_text(text: &str) -> Option<u64> {
    scaled(text, DIGITS)
}

/// Reads a decimal number without a sign as a multiple of 10^-`digits`, rounded half up.
pub(crate) fn scaled(text: &str, digits: i32) -> Option<u64> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value: u128 = 0;
    // Digits beyond the 30th cannot matter: the value is out of range, or they are below the
    // rounding digit.
    let mut dropped = 0i32;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return None;
        }
        if value < 10u128.pow(30) {
            value = value * 10 + u128::from(digit - b'0');
        } else {
            dropped += 1;
        }
    }
    let power =
        i64::from(exponent) - fraction.len() as i64 + i64::from(digits) + i64::from(dropped);
    let value = match u32::try_from(power) {
        Ok(power) => value.checked_mul(10u128.checked_pow(power)?)?,
        Err(_) => match u32::try_from(power.unsigned_abs())
            .ok()
            .and_then(|p| 10u128.checked_pow(p))
        {
            Some(divisor) => value / divisor + u128::from(value % divisor >= divisor.div_ceil(2)),
            None => 0,
        },
    };
    u64::try_from(value).ok()
}

/// Reads an amount in dollars from a JSON number.
pub(crate) fn pico_of_float(dollars: f64) -> Option<u64> {
    if !dollars.is_finite() || dollars.is_sign_negative() && dollars != 0.0 {
        return None;
    }
    pico_of_text(&format!("{:e}", dollars.abs()))
}

/// Reads xAI's `cost_in_usd_ticks`: 1e-10 dollars each.
pub(crate) fn pico_of_ticks(ticks: u64) -> Option<u64> {
    ticks.checked_mul(100)
}

/// Formats an amount as decimal dollars without trailing zeros: `0.00507`.
pub(crate) fn dollars(pico: u64) -> String {
    let whole = pico / 10u64.pow(DIGITS as u32);
    let fraction = format!("{:012}", pico % 10u64.pow(DIGITS as u32));
    match fraction.trim_end_matches('0') {
        "" => whole.to_string(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(pico_of_float(9.625000000000001e-05), Some(96_250_000));
        assert_eq!(pico_of_text("0.00507"), Some(5_070_000_000));
        assert_eq!(pico_of_text("1e-30"), Some(0));
        assert_eq!(pico_of_text("5e-13"), Some(1));
        assert_eq!(pico_of_text("4e-13"), Some(0));
        assert_eq!(pico_of_text("1e300"), None);
        for text in ["", ".", "e5", "-1", "1.2.3", "1e", "NaN", "٣"] {
            assert_eq!(pico_of_text(text), None, "{text}");
        }
        assert_eq!(pico_of_float(f64::NAN), None);
        assert_eq!(pico_of_float(-0.0), Some(0));
        assert_eq!(pico_of_float(-1.0), None);
    }

    #[test]
    fn dollars_are_written_back() {
        for text in ["0", "1", "0.00507", "12.5", "0.000000000001"] {
            assert_eq!(dollars(pico_of_text(text).unwrap()), text);
        }
    }
}
