// Puts what a page shows into the clipboard, where the browser lets it. The page works without it: the button comes with it.
"use strict";
(() => {
  if (!navigator.clipboard) return;
  for (const place of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = place.dataset.copy;
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      const lines = [...document.querySelectorAll(place.dataset.of)].map((line) => line.textContent.trim());
      try {
        await navigator.clipboard.writeText(lines.join("\n"));
        said.textContent = " " + place.dataset.copied;
      } catch {
        button.remove();
      }
    });
    place.append(button, said);
  }
})();
