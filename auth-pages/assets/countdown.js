// Counts down until another code may be asked for. Without it the page says how long that was when it was shown.
"use strict";
(() => {
  const hint = document.getElementById("resend-wait");
  if (!hint) return;
  const [before, after] = hint.textContent.split(hint.dataset.words);
  if (after === undefined) return;
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang);
  const end = Date.now() + 1000 * Number(hint.dataset.seconds);
  const clock = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left > 0) {
      hint.textContent = before + words.format(left, "second") + after;
      return;
    }
    clearInterval(clock);
    document.querySelector("[aria-describedby=resend-wait]").removeAttribute("aria-describedby");
    hint.remove();
  }, 250);
})();
