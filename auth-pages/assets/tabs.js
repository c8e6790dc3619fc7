// Another tab of this browser may log in meanwhile: then this one goes on by itself. The page works without it.
"use strict";
(() => {
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await fetch("/.vestibule/here" + location.search, { cache: "no-store" });
    if (answer.ok && (await answer.json()).onward) location.replace("/.vestibule/login" + location.search);
  };
  const quietly = () => { look().catch(() => {}); };
  document.addEventListener("visibilitychange", quietly);
  addEventListener("pageshow", quietly);
  let rounds = 240;
  const clock = setInterval(() => {
    quietly();
    rounds -= 1;
    if (rounds === 0) clearInterval(clock);
  }, 2500);
})();
