// What pages do beyond HTML. Everything here makes something quicker; nothing
// needs it. Markup asks for behaviour with data attributes, see each section.

const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

function on(type, selector, handle) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handle(element, event);
  });
}

// --- Dialogs: data-open-dialog="id", for browsers without command="show-modal".
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  on("click", "[data-open-dialog]", (button) => document.getElementById(button.dataset.openDialog)?.showModal());
}

// --- Messages: data-dismiss inside data-toast.
on("click", "[data-dismiss]", (button) => {
  button.closest("[data-toast]")?.remove();
  document.getElementById("main")?.focus();
});

// --- Copying: data-copy="text". navigator.clipboard is missing on plain http.
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done ? Promise.resolve() : Promise.reject(new Error("not allowed"));
}

on("click", "[data-copy]", async (button) => {
  const text = button.dataset.copy;
  try {
    await (navigator.clipboard ? navigator.clipboard.writeText(text) : copyByHand(text));
    button.focus();
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 1500);
    announce(`Copied ${text}`);
  } catch {
    announce("Copying was not allowed");
  }
});

// --- Paper: data-print.
on("click", "[data-print]", () => print());

// --- A form is sent once: the pressed button rests until the next page is there.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[data-theme-switch]")) return;
  if (form.dataset.sent !== undefined) return event.preventDefault();
  form.dataset.sent = "";
  // After this event: a disabled button would not be among the form's data.
  setTimeout(() => {
    if (event.submitter) Object.assign(event.submitter, { disabled: true }).dataset.busy = "";
  });
});

addEventListener("pageshow", () => {
  for (const form of all("form[data-sent]")) delete form.dataset.sent;
  for (const button of all("[data-busy]")) {
    button.disabled = false;
    delete button.dataset.busy;
  }
});

// --- The theme changes in place; the answer to the form only keeps it.
on("submit", "[data-theme-switch]", async (form, event) => {
  event.preventDefault();
  const theme = event.submitter.value;
  const data = new FormData(form, event.submitter);
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const button of all("button", form)) button.setAttribute("aria-pressed", String(button.value === theme));
  try {
    const body = new URLSearchParams(data);
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.status >= 400) throw new Error(answer.statusText);
  } catch {
    announce("The theme could not be saved");
  }
});

// --- Times: data-relative counts on in the words of views/format.Ago,
// data-until counts down in those of views/format.Duration.
const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
const write = (seconds, [name, size]) => `${Math.floor(seconds / size)}\u00a0${name}`;

function ago(element) {
  const age = (Date.now() - Date.parse(element.dateTime)) / 1000;
  const distance = Math.abs(age);
  if (distance >= 7 * 86400) return element.textContent; // a date; it stays
  if (distance < 60) return "just now";
  const text = write(distance, units.find(([, size]) => distance >= size));
  return age < 0 ? `in ${text}` : `${text} ago`;
}

function left(element) {
  const seconds = Math.floor((Date.parse(element.dataset.until) - Date.now()) / 1000);
  if (seconds <= 0) return element.dataset.past;
  const first = units.findIndex(([, size]) => seconds >= size);
  const rest = seconds % units[first][1];
  const second = units[first + 1];
  const more = second && rest >= second[1] ? ` ${write(rest, second)}` : "";
  return write(seconds, units[first]) + more;
}

function refresh(selector, text) {
  for (const element of all(selector)) {
    const now = text(element);
    if (element.textContent.trim() !== now) element.textContent = now;
  }
}

setInterval(() => refresh("time[data-relative]", ago), 30_000);
setInterval(() => refresh("[data-until]", left), 1000);

// --- Live pages: data-connection follows the stream of the page's
// hx-sse:connect element (event names of htmx 4.0.1's hx-sse).
const patience = 10_000; // how long "reconnecting" is believed
const retryAfter = 5000; // a first connection that fails is not retried by hx-sse
let lastLive = new Date();
let impatient;

function connection(state) {
  const badge = document.querySelector("[data-connection]");
  if (!badge || badge.dataset.state === state) return;
  // Once given up, a further attempt is no news; only success is.
  if (badge.dataset.state === "stale" && state === "reconnecting") return;
  clearTimeout(impatient);
  if (state === "reconnecting") impatient = setTimeout(() => connection("stale"), patience);
  if (badge.dataset.state === "live") lastLive = new Date();
  badge.dataset.state = state;
  const text = badge.querySelector("[data-connection-text]");
  const since = state === "stale" ? ` ${lastLive.toISOString().slice(11, 16)} UTC` : "";
  text.textContent = text.dataset[state] + since;
}

document.addEventListener("htmx:sse:after:connection", () => connection("live"));
document.addEventListener("htmx:sse:after:message", () => connection("live"));
document.addEventListener("htmx:sse:error", () => connection("reconnecting"));
document.addEventListener("htmx:sse:close", () => connection("stale"));
document.addEventListener("htmx:sse:before:connection", (event) => {
  if (event.detail.connection.attempt > 0) connection(document.hidden ? "paused" : "reconnecting");
});

const streamURL = (element) => element.getAttribute?.("hx-sse:connect");

function retryStream(element) {
  connection("reconnecting");
  setTimeout(() => element.isConnected && window.htmx.ajax("GET", streamURL(element), { source: element }), retryAfter);
}

document.addEventListener("htmx:error", (event) => {
  if (streamURL(event.target)) retryStream(event.target);
});
document.addEventListener("htmx:before:response", (event) => {
  if (!streamURL(event.target)) return;
  const type = event.detail.ctx.response.raw.headers.get("Content-Type") ?? "";
  if (type.includes("text/event-stream")) return;
  event.preventDefault(); // an error page or a sign-in page is not for the list
  retryStream(event.target);
});

// --- Answers that are no part of the page: error pages and the sign-in page. What asks again by itself keeps what it shows
// and asks again; after a press the sign-in page is gone to, and an error says in place what it is (views.ErrorNotice).
const polls = (element) => (element.getAttribute?.("hx-trigger") ?? "").startsWith("every");

document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (streamURL(event.target) || (raw.ok && !raw.redirected)) return;
  if (polls(event.target)) event.preventDefault();
  else if (raw.redirected) {
    event.preventDefault();
    location.assign(raw.url);
  }
});

// --- Arrivals: a live list never moves under the reader. What is new waits in data-arrivals as marks
// (data-arrival names the row it would be); those whose row is on the page already do not count.
let lastArrivals = 0;

function countArrivals() {
  const bar = document.querySelector("[data-arrivals]");
  const text = bar?.querySelector("[data-arrivals-text]");
  if (!text) return;
  const marks = all("[data-arrival]", bar).filter((mark) => !document.getElementById(mark.dataset.arrival));
  bar.hidden = marks.length === 0;
  text.textContent = marks.length === 1 ? text.dataset.one : `${marks.length} ${text.dataset.many}`;
  if (marks.length > lastArrivals) announce(text.textContent);
  lastArrivals = marks.length;
}
document.addEventListener("htmx:sse:after:message", countArrivals);

// --- Rows: data-rows on a table (or data-row on any element inside it).
let lastTicked;

function rows() {
  const list = all("[data-rows]").find(visible);
  return list ? all("tbody tr, [data-row]", list).filter(visible) : [];
}

function currentRow() {
  return document.activeElement?.closest("[data-rows] :is(tbody tr, [data-row])");
}

function step(by) {
  const list = rows();
  const at = list.indexOf(currentRow());
  const row = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by];
  if (!row) return;
  const target = row.querySelector("a[href]") ?? row;
  if (target === row) row.tabIndex = -1;
  target.focus();
  row.scrollIntoView({ block: "nearest" });
}

function tick(row, toAnchor) {
  const box = (one) => one?.querySelector("input[type=checkbox]:not(:disabled)");
  if (!box(row)) return;
  const wanted = !box(row).checked;
  const list = rows();
  const [from, to] = [list.indexOf(toAnchor ? lastTicked : row), list.indexOf(row)].sort((a, b) => a - b);
  for (const one of from < 0 ? [row] : list.slice(from, to + 1)) {
    if (box(one) && box(one).checked !== wanted) box(one).click();
  }
  lastTicked = row;
}

// --- Keys: data-key="g q" or data-key="n" on links and buttons, data-search on
// the field that "/" goes to. Never while something is typed.
const storeKey = "waybill.shortcuts";
const sequenceWait = 1200;
let pending = "";
let pendingTimer;

// searchField is the one that "/" goes to: a phone's filters may be folded over it.
const searchField = () => all("[data-search]").find((field) => visible(field) || field.closest(".fold:not([open])"));

function search() {
  const field = searchField();
  const fold = field?.closest(".fold");
  if (fold && !visible(field)) fold.open = true;
  field?.focus();
}

const shortcutsOn = () => localStorage.getItem(storeKey) !== "off";
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

// --- Buttons for ticked rows: data-for-ticked. With none ticked, they are for the row that one is on.
on("click", "[data-for-ticked]", (button) => {
  const row = currentRow();
  if (row && button.form && ![...button.form.elements].some((field) => field.type === "checkbox" && field.checked)) tick(row, false);
});

// --- The list one came from: "[" and "]" go through the pages that the rows of the last list lead to.
const listKey = "waybill.list";

function rememberList() {
  const links = all("[data-rows] tbody tr").map((row) => row.querySelector("a[href]")?.pathname).filter(Boolean);
  if (links.length > 0) sessionStorage.setItem(listKey, JSON.stringify(links));
}
document.addEventListener("click", (event) => event.target.closest?.("[data-rows]") && rememberList(), true);

function neighbour(by) {
  const links = JSON.parse(sessionStorage.getItem(listKey) ?? "[]");
  const to = links[links.indexOf(location.pathname) + by];
  if (links.includes(location.pathname) && to) location.assign(to);
  else announce(by > 0 ? "This is the last one of the list" : "This is the first one of the list");
}

// --- The list of keys, "?", says what works on the page as it is: lines whose keys do nothing here are hidden, and keys
// that only the page's buttons name are added with what stands on them.
const lineWorks = {
  "j k": () => rows().length > 0,
  x: () => Boolean(document.querySelector("[data-rows] input[type=checkbox]")),
  "Shift x": () => lineWorks.x(),
  Enter: () => rows().length > 0,
  "[ ]": () => (sessionStorage.getItem(listKey) ?? "[]").includes(JSON.stringify(location.pathname)),
  "/": () => Boolean(searchField()),
  "?": () => true,
  Esc: () => true,
};

function keyLine(keys, element) {
  const line = document.createElement("div");
  const names = keys.split(" ").map((key) => Object.assign(document.createElement("kbd"), { className: "kbd", textContent: key }));
  const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
  const said = (element.labels?.[0] ?? element).cloneNode(true);
  for (const key of all("kbd", said)) key.remove();
  term.append(...names);
  meaning.textContent = said.ariaLabel || said.textContent.replace(/\s+/g, " ").trim();
  line.dataset.keys = line.dataset.added = keys;
  line.append(term, meaning);
  return line;
}

function listKeys() {
  const list = document.querySelector("[data-shortcuts]");
  for (const line of all("[data-added]", list)) line.remove();
  const named = new Map(all("[data-keys]", list).map((line) => [line.dataset.keys, line]));
  for (const [keys, line] of named) {
    line.hidden = !(lineWorks[keys]?.() || document.querySelector(`[data-key="${CSS.escape(keys)}"]`));
  }
  for (const element of all("main [data-key]")) {
    const keys = element.dataset.key;
    if (named.has(keys)) continue;
    named.set(keys, keyLine(keys, element));
    list.firstElementChild.after(named.get(keys));
  }
}
on("click", "[data-open-dialog=shortcuts]", listKeys);

function showKeys() {
  listKeys();
  document.getElementById("shortcuts").showModal();
}

const actions = {
  "[": () => neighbour(-1),
  "]": () => neighbour(1),
  "/": search,
  "?": showKeys,
  j: () => step(1),
  k: () => step(-1),
  x: () => tick(currentRow(), false),
  X: () => tick(currentRow(), true),
  o: () => currentRow()?.querySelector("a[href]")?.click(),
};

function press(keys) {
  const targets = all(`[data-key="${CSS.escape(keys)}"]`);
  const target = targets.find(visible) ?? targets[0]; // in the closed menu of a phone
  if (target) target.click();
  else actions[keys]?.();
  return Boolean(target || actions[keys]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length !== 1) return;
  if (typing(event.target) || document.querySelector("dialog[open]") || !shortcutsOn()) return;
  const keys = pending ? `${pending} ${event.key}` : event.key;
  clearTimeout(pendingTimer);
  pending = "";
  if (keys === "g") {
    pending = keys;
    pendingTimer = setTimeout(() => (pending = ""), sequenceWait);
  } else if (!press(keys)) return;
  event.preventDefault();
});

for (const box of all("[data-shortcuts-switch]")) {
  box.checked = shortcutsOn();
  box.addEventListener("change", () => localStorage.setItem(storeKey, box.checked ? "on" : "off"));
}
