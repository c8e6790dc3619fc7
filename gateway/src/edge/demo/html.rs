//! The few bits of HTML that the sample application and the outbox share. Not for our own pages: those are made by
//! the crate `auth-pages` and know no inline style.

/// Text as it stands in HTML, in content and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page; `head` and `body` are HTML, the title is text.
pub(super) fn page(title: &str, head: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2a35;--soft:#5b6b78;--line:#d5dde3;--paper:#fff;--ground:#eef2f5;--mark:#0b6e4f}\
@media(prefers-color-scheme:dark){:root{--ink:#e5ecf1;--soft:#9db0be;--line:#35434e;--paper:#1b242b;--ground:#12181d;--mark:#5fd0a5}}\
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}\
section,article{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem;margin:1rem 0}\
nav a{display:inline-block;margin-right:1rem;padding:.6rem 0}a{color:var(--mark)}.soft{color:var(--soft)}\
table{width:100%;border-collapse:collapse;table-layout:fixed}th,td{text-align:left;vertical-align:top;padding:.4rem .5rem;border-top:1px solid var(--line);overflow-wrap:anywhere}\
th{width:14rem;font-weight:600}tr.ours th{color:var(--mark)}@media(max-width:40rem){th{width:8rem}}\
input,button{font:inherit;min-height:44px;padding:.4rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--paper);color:inherit}\
button{background:var(--mark);border-color:var(--mark);color:var(--paper)}label{display:block;margin:.5rem 0 .2rem}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0;font:inherit}code,.code{font-family:ui-monospace,monospace}\
.code{font-size:1.5rem;font-weight:700;letter-spacing:.1em;color:var(--mark)}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_that_html_would_read() {
        assert_eq!(escaped("<b a='\"'>&é"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;é");
        assert!(page("<x>", "", "").contains("<title>&lt;x&gt;</title>"));
    }
}
