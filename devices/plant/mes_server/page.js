"use strict";
// Shows what the MES holds now: asks for the page again every two seconds and changes it only where it changed.
const EVERY_MS = 2000;
const away = document.getElementById("away");
let since = null;

function localTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString([], { hour12: false });
    time.title = at.toLocaleString();
  }
}

function show(fresh) {
  const main = document.querySelector("main");
  const open = new Set([...main.querySelectorAll("details[open]")].map((one) => one.id));
  for (const part of ["main", "header"]) {
    document.querySelector(part).replaceWith(fresh.querySelector(part));
  }
  for (const id of open) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  localTimes();
}

let shown = null;

async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (text !== shown) {
      show(new DOMParser().parseFromString(text, "text/html"));
      shown = text;
    }
    since = null;
  } catch {
    since ??= new Date();
    away.textContent = `The MES does not answer since ${since.toLocaleTimeString([], { hour12: false })}. ` +
      "What you see below is as old as that.";
  }
  document.body.classList.toggle("is-away", since !== null);
  setTimeout(look, document.hidden ? 10 * EVERY_MS : EVERY_MS);
}

localTimes();
setTimeout(look, EVERY_MS);
