// Scanning with any scanner that types like a keyboard: a burst of keys, ended by Enter or Tab, wherever the focus is.
//
// A page that can be scanned on has one form[data-scan] with a field "code". Without this script it is an ordinary form.
// With it, each scan is sent in turn under a key of its own and sent again until it is answered, so that none is lost
// while a request runs or the network is away, and none counts twice. The answer is a fragment:
//   [data-scan-answer]  what to say; data-tone is ok, wrong or done, data-go an address to go on to
//   [data-scan-board]   what the page shows now; replaces the board of the page

const form = document.querySelector("form[data-scan]");
const field = form?.elements.code;
const said = document.querySelector("[data-scan-said]");
const waiting = document.querySelector("[data-scan-waiting]");
const gap = Number(form?.dataset.gap) || 60; // ms between two keys of a scanner, at most
const shortest = 3; // characters of a scan
const longest = 512; // more is no label
const most = 200; // scans that may wait
const retries = [500, 1000, 2000, 5000, 10000]; // ms until the next attempt
const storeKey = "waybill.scans";

// --- Sound, which can be muted, and vibration where there is a motor.
const muteKey = "waybill.scan.muted";
const tones = { ok: [[1175, 0.07]], wrong: [[196, 0.16], [0, 0.06], [156, 0.28]], done: [[784, 0.08], [1047, 0.08], [1568, 0.16]] };
const shakes = { ok: 35, wrong: [140, 70, 140], done: [40, 40, 40] };
const muted = () => localStorage.getItem(muteKey) === "on";
let audio;

function sound(tone) {
  navigator.vibrate?.(shakes[tone] ?? 0);
  if (muted() || !window.AudioContext) return;
  audio ??= new AudioContext();
  audio.resume(); // it sleeps until a key was pressed
  let at = audio.currentTime;
  for (const [hertz, seconds] of tones[tone] ?? []) {
    if (hertz) {
      const voice = new OscillatorNode(audio, { type: tone === "wrong" ? "square" : "sine", frequency: hertz });
      const volume = new GainNode(audio, { gain: tone === "wrong" ? 0.12 : 0.25 });
      voice.connect(volume).connect(audio.destination);
      voice.start(at);
      voice.stop(at + seconds);
    }
    at += seconds;
  }
}

for (const button of document.querySelectorAll("[data-scan-mute]")) {
  const show = () => button.setAttribute("aria-pressed", String(muted()));
  show();
  button.addEventListener("click", () => {
    localStorage.setItem(muteKey, muted() ? "off" : "on");
    show();
    sound("ok");
  });
}

// --- The scans that wait, oldest first. They outlive the page: what is scanned while the next page loads belongs to it.
const queue = JSON.parse(sessionStorage.getItem(storeKey) ?? "[]");
let sending = false;

function keep() {
  sessionStorage.setItem(storeKey, JSON.stringify(queue));
  if (waiting) {
    waiting.hidden = queue.length === 0 || navigator.onLine !== false && !waiting.dataset.trouble;
    waiting.textContent = `${waiting.dataset.trouble || "No connection."} ${queue.length === 1 ? "1 scan waits" : `${queue.length} scans wait`}.`;
  }
}

// A key that nobody used; crypto.randomUUID is missing on plain http.
const newKey = () => [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("");

function scanned(code) {
  if (queue.length >= most) return say("wrong", "Too many scans wait. Stop until the connection is back.");
  queue.push({ key: newKey(), code });
  keep();
  send();
  form.dataset.ready = "";
}

// What is sent is decided once, so that every attempt is the same request.
function bodyOf(scan) {
  scan.body ??= String(new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "code" && name !== "key").concat([["code", scan.code], ["key", scan.key]])));
  keep();
  return scan.body;
}

async function send() {
  if (sending || !form) return;
  sending = true;
  for (let attempt = 0; queue.length > 0; attempt++) {
    const answer = await ask(queue[0]);
    if (answer) {
      queue.shift();
      attempt = -1;
      delete waiting?.dataset.trouble;
      keep();
      if (show(answer)) return; // to another page; the rest goes there
      continue;
    }
    keep();
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, retries[Math.min(attempt, retries.length - 1)]);
      addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
  sending = false;
}

// The answer to a scan, or nothing when it is to be asked again.
async function ask(scan) {
  try {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "Content-Type": "application/x-www-form-urlencoded" };
    const response = await fetch(form.action, { method: "POST", headers, body: bodyOf(scan) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (page.querySelector("[data-scan-answer]")) return page;
    if (response.redirected) return refusal("You are signed out. Sign in again, then scan again.");
    if (response.status < 500 && response.status !== 429) return refusal("This could not be scanned here. Load the page again.");
    if (waiting) waiting.dataset.trouble = "The server is busy.";
  } catch {
    if (waiting) waiting.dataset.trouble = "No connection.";
  }
}

function refusal(text) {
  const page = document.implementation.createHTMLDocument("");
  const answer = page.createElement("div");
  answer.dataset.scanAnswer = "";
  answer.dataset.tone = "wrong";
  answer.textContent = text;
  page.body.append(answer);
  return page;
}

// Shows an answer and tells whether it leads elsewhere.
function show(page) {
  const answer = page.querySelector("[data-scan-answer]");
  const board = page.querySelector("[data-scan-board]");
  if (board) document.querySelector("[data-scan-board]")?.replaceWith(document.adoptNode(board));
  say(answer.dataset.tone, ...answer.childNodes);
  if (!answer.dataset.go) return false;
  location.assign(answer.dataset.go);
  return true;
}

function say(tone, ...what) {
  sound(tone);
  if (!said) return;
  said.dataset.tone = tone;
  said.replaceChildren(...what.map((node) => (node instanceof Node ? document.adoptNode(node) : document.createTextNode(node))));
  said.dataset.count = String(Number(said.dataset.count ?? 0) + 1);
}

// --- Keys. Nobody types with less than `gap` ms between keys; a scanner does nothing else. Outside of fields the keys of
// a burst are held back until it is clear that they are none, because single keys are shortcuts. In a field they are
// typed, and taken out again when Enter shows that they were a scan. A field with data-takes-scan keeps them.
let burst = "";
let last = 0;
let held = [];
let before; // the field, and what stood in it before the burst
let timer;

const editable = (element) => element.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");

function forget() {
  clearTimeout(timer);
  burst = "";
  held = [];
  before = undefined;
}

// The held keys were typed by hand: here they are again.
function replay() {
  const keys = held;
  forget();
  for (const { target, key, code, shiftKey } of keys) {
    const again = new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true });
    again.replayed = true;
    target.dispatchEvent(again);
  }
}

function restore() {
  if (!before?.field.isConnected) return;
  before.field.value = before.value;
  before.field.dispatchEvent(new Event("input", { bubbles: true }));
}

function pressed(event) {
  if (event.replayed || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = editable(event.target);
  if (target === field || target?.closest("[data-takes-scan]")) return;
  const now = event.timeStamp;
  if (burst && now - last > gap) target ? forget() : replay();
  if (event.key.length === 1 && burst.length < longest) {
    if (!burst && target) before = { field: target, value: target.value };
    burst += event.key;
    last = now;
    if (target) return;
    held.push(event);
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(timer);
    timer = setTimeout(replay, gap);
  } else if ((event.key === "Enter" || event.key === "Tab") && burst.length >= shortest) {
    const code = burst;
    event.preventDefault();
    event.stopImmediatePropagation();
    restore();
    forget();
    scanned(code);
  } else if (event.key !== "Shift") {
    target ? forget() : replay();
  }
}

if (form) {
  document.addEventListener("keydown", pressed, { capture: true });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // app.js would let the button rest
    const code = field.value.trim();
    field.value = "";
    if (code) scanned(code);
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // what it shows has moved on
  addEventListener("online", keep);
  addEventListener("offline", keep);
  keep();
  send();
  form.dataset.ready = "";
}
