// Prints the page. Without it the browser's own command does: the button comes with it.
"use strict";
(() => {
  for (const place of document.querySelectorAll("[data-print]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = place.dataset.print;
    button.addEventListener("click", () => print());
    place.append(button);
  }
})();
