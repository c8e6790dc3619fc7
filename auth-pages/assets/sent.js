// How far the message with the code is, as it becomes known. Without it, loading the page again says so.
"use strict";
(() => {
  const said = document.getElementById("sent");
  if (!said) return;
  const events = new EventSource("/.vestibule/second-factor/arrival");
  events.onmessage = (event) => {
    if (said.textContent !== event.data) said.textContent = event.data;
    // Nothing comes after that.
    if (event.lastEventId === "delivered") events.close();
  };
  addEventListener("pagehide", () => events.close());
})();
