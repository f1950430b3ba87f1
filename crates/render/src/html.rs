//! Markdown as one self-contained page in GitHub's looks, light and dark.
//!
//! The looks are github-markdown-css (MIT, `assets/github-markdown-css`); Markdown is read by comrak with GitHub's
//! extensions.

use comrak::{Options, markdown_to_html};

use super::shallow;

const LOOKS: &str = include_str!("../../../assets/github-markdown-css/github-markdown.css");
const FRAME: &str = include_str!("page.css");

/// A page that shows `markdown` as a comment. Raw HTML goes through, as on GitHub, but for what could run
/// (`<script>`, `<iframe>` and the like are shown as text, and no script may run by the page's own policy).
pub fn page(title: &str, markdown: &str) -> String {
    let title = text(title);
    let body = without_live_tags(&markdown_to_html(&shallow(markdown), &options()));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'; \
         frame-src 'none'; connect-src 'none'; form-action 'none'; base-uri 'none'\">\n\
         <title>{title}</title>\n<style>\n{LOOKS}\n{FRAME}</style>\n</head>\n<body>\n<article class=\"comment\">\n\
         <header>{title}</header>\n<div class=\"markdown-body\">\n{body}</div>\n</article>\n</body>\n</html>\n"
    )
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.strikethrough = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    options.render.github_pre_lang = true;
    options.render.r#unsafe = true;
    options
}

/// Tags that GitHub shows as text, by the "disallowed raw HTML" extension of its Markdown specification; then those that
/// it takes away, by which a page could lead elsewhere or ask for something.
const SHOWN_AS_TEXT: [&str; 18] = [
    "title",
    "textarea",
    "style",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "script",
    "plaintext",
    "meta",
    "base",
    "link",
    "form",
    "button",
    "object",
    "embed",
    "frame",
    "frameset",
];

/// comrak writes none of these tags itself, so each one comes from the Markdown.
fn without_live_tags(html: &str) -> String {
    let mut parts = html.split('<');
    let mut safe = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name: String =
            part.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let live = SHOWN_AS_TEXT.contains(&name.to_ascii_lowercase().as_str());
        safe.push_str(if live { "&lt;" } else { "<" });
        safe.push_str(part);
    }
    safe
}

fn text(text: &str) -> String {
    cml_base::text::one_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_alone_and_runs_nothing() {
        let page = page(
            "a < b",
            "# Hi\n\n| a |\n|:-|\n| `x` |\n\n> [!NOTE]\n> look\n\n<script>alert(1)</script>\n\n\
             <meta http-equiv=refresh content=0><base href=x><form action=x><a href=y>z</a>\n",
        );
        assert!(page.starts_with("<!doctype html>") && page.contains("<title>a &lt; b</title>"));
        assert!(page.contains("<table>") && page.contains("markdown-alert-note"));
        let body = page.split("<body>").nth(1).unwrap();
        assert!(!body.contains("<meta") && !body.contains("<base") && !body.contains("<form"));
        assert!(!page.contains("<script") && !page.contains("src=\"http") && !page.contains("@import"));
    }
}
