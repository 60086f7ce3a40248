// The page as the server makes it, fetched again when the run has something new; parts that
// changed are put in place of what stands. What is said aloud is a new best, nothing else.
"use strict";
(function () {
  const link = document.getElementById("link");
  const said = document.getElementById("said");
  let due = false, busy = false;

  function swap(fresh) {
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) continue;
      if (part.contains(document.activeElement)) { due = true; continue; }
      const at = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
      part.replaceChildren(...document.adoptNode(next).childNodes);
      part.querySelectorAll(".scroll").forEach((box, k) => { box.scrollLeft = at[k] || 0; });
    }
    document.title = fresh.title;
    document.body.dataset.taken = fresh.body.dataset.taken;
  }

  async function refresh() {
    if (busy || document.hidden) { due = true; return; }
    busy = true;
    due = false;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      due = true;
    }
    setTimeout(() => { busy = false; if (due) refresh(); }, 1000);
  }

  // A page that is not seen lets its connection go: a browser keeps six to one server.
  let events = null, last = Number(document.body.dataset.taken);

  function listen() {
    if (events || document.hidden) return;
    events = new EventSource("/events?since=" + last);
    events.onopen = () => { link.textContent = "Live: it follows the run."; };
    events.onerror = () => { link.textContent = "The connection is lost; it is tried again."; };
    events.addEventListener("taken", (event) => {
      const told = JSON.parse(event.data), best = told.best;
      last = told.taken;
      if (best) said.textContent = "New best: candidate " + best.number + ", score " + best.score.toFixed(3);
      refresh();
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && events) { events.close(); events = null; }
    listen();
    if (due) refresh();
  });
  document.addEventListener("focusout", () => { if (due) setTimeout(refresh, 200); });
  listen();
})();
