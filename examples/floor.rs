//! The floor of docs/benchmarks.md: reads the same bytes and parses them, compares and draws nothing.
//!
//! `floor FILE...` prints how many numbers the CSV and JSON files hold, and their sum, so that no work can be skipped.

use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut count, mut sum) = (0_u64, 0.0);
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let mut add = |number: f64| {
            count += 1;
            sum += number;
        };
        if path.ends_with(".csv") {
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let mut record = csv::ByteRecord::new();
            while reader.read_byte_record(&mut record)? {
                for cell in &record {
                    add(std::str::from_utf8(cell)?.parse()?);
                }
            }
        } else {
            let map: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&bytes)?;
            map.values().filter_map(serde_json::Value::as_f64).for_each(add);
        }
    }
    writeln!(std::io::stdout(), "{count} numbers, {sum}")?;
    Ok(())
}
