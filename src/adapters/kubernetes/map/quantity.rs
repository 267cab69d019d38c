//! Quantities as the API writes them: `250m`, `1.5Gi`, `2e3`.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

use serde_json::Value;

/// In thousandths, rounded up: millicores of a CPU.
pub(super) fn thousandths(quantity: &Value) -> Option<i64> {
    whole(in_thousandths(quantity)?)
}

/// In units, rounded up: bytes of memory.
pub(super) fn units(quantity: &Value) -> Option<i64> {
    whole(in_thousandths(quantity)? / 1e3)
}

/// Larger ones are no amount of anything.
const MOST: f64 = 9e15;

#[expect(clippy::cast_possible_truncation, reason = "bounded just above the cast")]
fn whole(number: f64) -> Option<i64> {
    // What cannot be written in binary is a little too large at times.
    let up = (number - 1e-6).ceil();
    (up.is_finite() && up.abs() <= MOST).then_some(up as i64)
}

fn in_thousandths(quantity: &Value) -> Option<f64> {
    match quantity {
        Value::Number(number) => number.as_f64().map(|n| n * 1e3),
        Value::String(text) => parse(text),
        _ => None,
    }
}

fn parse(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let factor = match suffix {
        "n" => 1e-6,
        "u" => 1e-3,
        "m" => 1.0,
        "" => 1e3,
        "k" => 1e6,
        "M" => 1e9,
        "G" => 1e12,
        "T" => 1e15,
        "P" => 1e18,
        "E" => 1e21,
        "Ki" => 1024e3,
        "Mi" => 1_048_576e3,
        "Gi" => 1_073_741_824e3,
        "Ti" => 1_099_511_627_776e3,
        "Pi" => 1_125_899_906_842_624e3,
        "Ei" => 1_152_921_504_606_847e6,
        _ => {
            let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            10_f64.powi(power.clamp(-64, 64)) * 1e3
        }
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_usual_forms() {
        for (text, milli) in
            [("250m", 250), ("1", 1000), ("0.1", 100), ("1.5", 1500), ("100u", 1), ("2e3", 2_000_000)]
        {
            assert_eq!(thousandths(&json!(text)), Some(milli), "{text}");
        }
        for (text, bytes) in [
            ("128Mi", 134_217_728),
            ("1Gi", 1_073_741_824),
            ("1.5Gi", 1_610_612_736),
            ("500M", 500_000_000),
            ("128974848", 128_974_848),
            ("1500m", 2),
            ("16E0", 16),
        ] {
            assert_eq!(units(&json!(text)), Some(bytes), "{text}");
        }
        assert_eq!(thousandths(&json!(2)), Some(2000));
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for value in [
            json!("x"),
            json!(""),
            json!("1Qi"),
            json!("--1"),
            json!(null),
            json!([]),
            json!("9E"),
            json!("1e99"),
        ] {
            assert_eq!(units(&value), None, "{value}");
        }
    }
}
