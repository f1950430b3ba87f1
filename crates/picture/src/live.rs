//! SVG images that can only be looked at.
//!
//! In: bytes. Out: whether they begin as an SVG file, and why one could do more than show: run a script, load
//! something, or lead elsewhere. What cannot be read plainly is refused, so no trick with entities or escapes passes.

use cml_base::text;

/// Elements that run, load or embed.
const LIVE: [&str; 10] =
    ["script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener", "link"];
/// How far the first tag may be.
const PROLOGUE: usize = 4096;
/// So much of a name is told.
const LONGEST_NAME: usize = 40;

/// Whether a reader of SVG would take the bytes for one.
pub(super) fn looks_like_one(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(PROLOGUE)];
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && (text.contains("<svg") || text.contains(":svg"))
}

/// Why an SVG image is not harmless, in half a sentence.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut last = String::new();
    while let Some(open) = rest.find('<') {
        let (content, tag) = rest.split_at(open);
        if last == "style" {
            styles(content)?;
        }
        rest = if let Some(comment) = tag.strip_prefix("<!--") {
            after(comment, "-->")?
        } else if let Some(data) = tag.strip_prefix("<![CDATA[") {
            let end = data.find("]]>").ok_or("a CDATA section has no end")?;
            styles(&data[..end])?;
            &data[end + 3..]
        } else if let Some(instruction) = tag.strip_prefix("<?") {
            if !instruction.starts_with("xml ") {
                return Err("it has a processing instruction".to_owned());
            }
            after(instruction, "?>")?
        } else if let Some(declaration) = tag.strip_prefix("<!") {
            let end = declaration.find('>').ok_or("a declaration has no end")?;
            if declaration[..end].contains('[') {
                return Err("it declares entities".to_owned());
            }
            &declaration[end + 1..]
        } else if let Some(ending) = tag.strip_prefix("</") {
            after(ending, ">")?
        } else {
            let (name, rest) = element(&tag[1..])?;
            if last.is_empty() && name != "svg" {
                return Err(format!("its first element is <{}>", shown(&name)));
            }
            last = name;
            rest
        };
    }
    if last.is_empty() { Err("it has no element".to_owned()) } else { Ok(()) }
}

/// A name as a message shows it.
fn shown(name: &str) -> String {
    text::words(name).chars().take(LONGEST_NAME).collect()
}

fn after<'a>(text: &'a str, end: &str) -> Result<&'a str, String> {
    let at = text.find(end).ok_or_else(|| format!("{end} is missing"))?;
    Ok(&text[at + end.len()..])
}

/// Checks one element's name and attributes; answers the name and what follows its `>`.
fn element(text: &str) -> Result<(String, &str), String> {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).ok_or("a tag has no end")?;
    let (name, mut rest) = text.split_at(end);
    let name = local(name);
    if LIVE.contains(&name.as_str()) {
        return Err(format!("it has the element <{name}>"));
    }
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(rest) = rest.strip_prefix('>') {
            return Ok((name, rest));
        }
        let (attribute, after) = rest.split_once('=').ok_or("a tag has no end")?;
        let attribute = attribute.trim_end();
        if attribute.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'')) {
            return Err("an attribute is malformed".to_owned());
        }
        let after = after.trim_start();
        let quote =
            after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("a value has no quotes")?;
        let (value, left) = after[1..].split_once(quote).ok_or("a value has no end")?;
        value_of(attribute, value)?;
        rest = left;
    }
}

/// A name without its prefix, in lower case.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

fn value_of(attribute: &str, value: &str) -> Result<(), String> {
    let name = local(attribute);
    let is_name_of_namespace = attribute == "xmlns" || attribute.starts_with("xmlns:");
    if name.starts_with("on") && !is_name_of_namespace {
        return Err(format!("it has the attribute {}", shown(&name)));
    }
    if matches!(name.as_str(), "href" | "src" | "base" | "data" | "action" | "formaction")
        && !is_name_of_namespace
    {
        let value = value.trim();
        if !value.starts_with('#') && !is_raster(value) {
            return Err(format!("its attribute {name} leads out of the image"));
        }
    }
    if name == "attributename" {
        let animated = local(value.trim());
        if animated == "href" || animated.starts_with("on") || value.contains('&') {
            return Err(format!("it animates {}", shown(&animated)));
        }
    }
    styles(value)
}

/// A picture inside the picture.
fn is_raster(value: &str) -> bool {
    let kinds = ["png", "jpeg", "jpg", "gif", "webp"];
    kinds.iter().any(|kind| value.starts_with(&format!("data:image/{kind};base64,")))
}

/// Checks text that may be a style: it may name parts of the image itself and nothing else.
fn styles(text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    for word in ["@import", "javascript:", "expression(", "-moz-binding", "image-set("] {
        if lower.contains(word) {
            return Err(format!("it holds {word}"));
        }
    }
    let may_hide = lower.contains("&#") || lower.contains('\\');
    if may_hide
        && (lower.contains('(') || lower.contains('@') || lower.contains("&#40") || lower.contains("&#x28"))
    {
        return Err("it holds an escape in a style".to_owned());
    }
    for (at, _) in lower.match_indices("url(") {
        let target =
            lower[at + 4..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        let target =
            target.strip_prefix("&quot;").or_else(|| target.strip_prefix("&apos;")).unwrap_or(target);
        if !target.starts_with('#') && !is_font(target) {
            return Err("its style loads something".to_owned());
        }
    }
    Ok(())
}

/// A font or picture inside the style.
fn is_font(target: &str) -> bool {
    let kinds = ["data:font/", "data:application/font", "data:application/x-font"];
    kinds.iter().any(|kind| target.starts_with(kind)) || is_raster(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_svg(body: &str, expected: Option<&str>) {
        let whole = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{body}</svg>");
        let outcome = check(whole.as_bytes());
        match expected {
            None => assert_eq!(outcome, Ok(()), "{body}"),
            Some(words) => {
                let why = outcome.expect_err(body);
                assert!(why.contains(words), "{body}: {why}");
            }
        }
    }

    #[test]
    fn what_plotting_programs_write_passes() {
        check_svg("<path d='M 0 0' style=\"fill: none; clip-path: url(#a)\"/>", None);
        check_svg("<use xlink:href=\"#m\" x=\"1\"/><text>a &amp; b (c)</text>", None);
        check_svg("<style type='text/css'>*{stroke-linejoin: round}</style>", None);
        check_svg("<image href=\"data:image/png;base64,AAAA\"/>", None);
        check_svg("<!-- <script> --><title>on 1 &lt; 2</title>", None);
        let matplotlib = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\"\n  \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n<svg xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"1pt\"><g id=\"a\"></g></svg>\n";
        assert!(looks_like_one(matplotlib.as_bytes()));
        assert_eq!(check(matplotlib.as_bytes()), Ok(()));
    }

    #[test]
    fn whatever_could_run_load_or_lead_elsewhere_is_refused() {
        check_svg("<script>1</script>", Some("<script>"));
        check_svg("<svg:SCRIPT/>", Some("<script>"));
        check_svg("<g onload=\"x()\"/>", Some("onload"));
        check_svg("<g\nONCLICK = 'x()'/>", Some("onclick"));
        check_svg("<foreignObject/>", Some("<foreignobject>"));
        check_svg("<a xlink:href=\"javascript:x()\"/>", Some("leads out"));
        check_svg("<a href=\"&#106;avascript:x()\"/>", Some("leads out"));
        check_svg("<image href=\"https://h/a.png\"/>", Some("leads out"));
        check_svg("<image href=\"data:image/svg+xml;base64,AAAA\"/>", Some("leads out"));
        check_svg("<use href=\"file:///etc/passwd\"/>", Some("leads out"));
        check_svg("<set attributeName=\"href\" to=\"#\"/>", Some("animates"));
        check_svg("<animate attributeName='onclick'/>", Some("animates"));
        check_svg("<style>@import 'https://h/x.css'</style>", Some("@import"));
        check_svg("<style><![CDATA[@import 'x']]></style>", Some("@import"));
        check_svg("<rect style=\"fill: url(https://h/x)\"/>", Some("loads"));
        check_svg("<rect style=\"fill: u\\72l(https://h/x)\"/>", Some("escape"));
        check_svg("<rect fill=\"&#117;rl(https://h/x)\"/>", Some("escape"));
        check_svg("<g a=b/>", Some("quotes"));
        check_svg("<g a='b", Some("no end"));
        let entities = "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>";
        assert!(check(entities.as_bytes()).unwrap_err().contains("entities"));
        assert!(check(b"<?xml-stylesheet href='x'?><svg/>").is_err());
        assert!(check(b"<html><svg/></html>").unwrap_err().contains("<html>"));
        assert!(check(b"<svg>\xff</svg>").unwrap_err().contains("UTF-8"));
    }
}
