//! The INI that DVC and AWS write: sections of `key = value`, names in any case.

/// A section's name in lower case and without quotes, and its keys, in the file's order.
pub(super) type Section = (String, Vec<(String, String)>);

/// Reads a file; the error names the first line that is none of section, pair, comment.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, String> {
    let mut sections: Vec<Section> = vec![(String::new(), Vec::new())];
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let header = line.strip_prefix('[').and_then(|rest| rest.rsplit_once(']'));
        let pair = line.split_once('=');
        match (header, pair, sections.last_mut()) {
            (Some((name, _)), _, _) => sections.push((unquoted(name).to_ascii_lowercase(), Vec::new())),
            (None, Some((key, value)), Some((_, pairs))) => {
                pairs.push((unquoted(key).to_ascii_lowercase(), unquoted(value).to_owned()));
            }
            // AWS nests settings below a key without a value; none of them is ours.
            _ if nested => {}
            _ => return Err(format!("line {}: neither [section] nor key = value", number + 1)),
        }
    }
    Ok(sections)
}

/// The text between quotes, or up to a comment.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['\'', '"'] {
        if let Some((inside, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside;
        }
    }
    text.split_once(" #").map_or(text, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dvc_writes_is_read() {
        let text = "[core]\n    remote = Big\n# c\n['remote \"Big\"']\n    url = \"s3://b/a # b\"  # c\n    Region = eu # c\n\n[empty]\n";
        let answer = parse(text).unwrap();
        let expected: [(&str, &[(&str, &str)]); 4] = [
            ("", &[]),
            ("core", &[("remote", "Big")]),
            ("remote \"big\"", &[("url", "s3://b/a # b"), ("region", "eu")]),
            ("empty", &[]),
        ];
        let answer: Vec<(&str, Vec<(&str, &str)>)> = answer
            .iter()
            .map(|(name, pairs)| {
                (name.as_str(), pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect())
            })
            .collect();
        assert_eq!(answer, expected.map(|(name, pairs)| (name, pairs.to_vec())));
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(parse("[core]\nremote\n").unwrap_err(), "line 2: neither [section] nor key = value");
        assert!(parse("[profile a]\ns3 =\n  addressing_style = path\n  odd\n").is_ok());
    }
}
