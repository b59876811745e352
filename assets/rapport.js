// Two small comforts; every page is complete without them: times in the reader's own words and zone, and copying.
(() => {
  "use strict";
  // The page's language, in the reader's own variant of it.
  const written = document.documentElement.lang || "en";
  const lang = navigator.languages?.find((tag) => tag.split("-")[0] === written) ?? written;

  // --- times -------------------------------------------------------------------------------------
  const exact = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(lang, { dateStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const MONTH = 30 * 86400;
  const STEPS = [["week", 7 * 86400], ["day", 86400], ["hour", 3600], ["minute", 60]];

  const inWords = (when, now) => {
    const seconds = (when - now) / 1000;
    if (Math.abs(seconds) >= MONTH) return day.format(when);
    for (const [unit, size] of STEPS) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return relative.format(0, "second");
  };

  const tell = () => {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[datetime]")) {
      const when = new Date(time.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      const full = exact.format(when);
      const words = "exact" in time.dataset ? full : inWords(when, now);
      if (time.dataset.words === words) continue;
      time.dataset.words = words;
      time.textContent = words;
      time.title = full;
      if (words !== full) {
        const aside = document.createElement("span");
        aside.className = "unseen";
        aside.textContent = ` (${full})`;
        time.append(aside);
      }
    }
  };
  tell();
  setInterval(tell, 60000);

  // --- copying -----------------------------------------------------------------------------------
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (!button) return;
    const label = button.querySelector("[data-label]") ?? button;
    const before = (button.dataset.before ??= label.textContent);
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = button.dataset.done;
    } catch {
      label.textContent = button.dataset.failed;
    }
    clearTimeout(Number(button.dataset.timer));
    button.dataset.timer = setTimeout(() => { label.textContent = before; }, 2500);
  });
})();
