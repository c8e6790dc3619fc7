//! What keeps people from using a page, found by axe-core (WCAG 2.2 A and AA, and good practice) and by a ruler: things
//! too small to be hit by a thumb, and things beyond the edge of the screen.

use std::path::Path;

use serde_json::Value;

use super::browser::Browser;

/// Installed by `tests/run`.
const AXE: &str = "axe/node_modules/axe-core/axe.min.js";

/// Side of the smallest target, in CSS pixels: 44, which is more than WCAG 2.2 asks for at level AA.
const SCRIPT: &str = r"
const done = arguments[0];
const look = async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
  const faults = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  for (const one of document.querySelectorAll('a[href], button, summary, input:not([type=hidden])')) {
    const { width, height } = (one.closest('label') ?? one).getBoundingClientRect();
    if (Math.min(width, height) < 44) faults.push(`too small, ${width} x ${height}: ${one.outerHTML}`);
  }
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('wider than the screen');
  return faults;
};
look().then(done, fault => done([`axe failed: ${fault}`]));
";

/// axe-core, to be put into pages.
pub(crate) struct Axe {
    source: String,
}

impl Axe {
    pub(crate) fn load() -> Axe {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
        let source = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; tests/run --install-only installs it", path.display()));
        Axe { source }
    }

    /// What is wrong with the page that the browser shows, one fault each.
    pub(crate) async fn faults(&self, browser: &Browser) -> Vec<String> {
        browser.run(&self.source).await;
        let Value::Array(faults) = browser.run_to_end(SCRIPT).await else {
            panic!("axe said nothing");
        };
        faults
            .iter()
            .map(|fault| fault.as_str().unwrap_or_default().to_owned())
            .collect()
    }
}
