"use strict";

// Everything is written as text, never as HTML: what is shown came from requests.

const EVERY = 1000; // milliseconds between two looks at the sandbox
const FACTORS = { OTP: "Authenticator", SMS: "SMS", EMAIL: "E-mail", FACE: "Face" };
const byId = (id) => document.getElementById(id);
const drawn = {};
let newest = null;
let turn = 0;

function make(tag, options, ...children) {
  const { className, ...rest } = options || {};
  const element = Object.assign(document.createElement(tag), rest);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

function clockTime(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("en-GB");
}

/** Draw a part again only if it has changed, so that selections and focus stay. */
function draw(name, part, rows) {
  const text = JSON.stringify(part);
  if (drawn[name] === text) return;
  drawn[name] = text;
  byId(name).replaceChildren(...rows());
  const empty = byId("no-" + name);
  if (empty) empty.hidden = byId(name).childElementCount > 0;
}

function messageRow(message) {
  return make("tr", { className: message.expired ? "expired" : "" },
    make("td", {}, clockTime(message.at)),
    make("td", {}, message.to, make("small", {}, message.kind + ", " + purpose(message.channel))),
    make("td", {}, make("code", {}, message.code),
      message.expired ? make("small", {}, "expired") : null));
}

function purpose(channel) {
  return channel.replace("CHANNEL_", "").replaceAll("_", " ").toLowerCase();
}

function factorLine(factor, isWaiting) {
  const line = make("li", {}, FACTORS[factor.type] || factor.type);
  if (factor.target) line.append(" " + factor.target);
  if (isWaiting) line.append(" (waits for its code)");
  if (factor.code) line.append(" ", make("code", {}, factor.code));
  if (factor.recoveryCode) {
    line.append(make("small", {}, "Recovery ", make("code", {}, factor.recoveryCode)));
  }
  return line;
}

function userRow(user) {
  const lines = [
    ...user.factors.map((each) => factorLine(each, false)),
    ...user.waiting.map((each) => factorLine(each, true)),
  ];
  const facts = [user.status === "Activated" ? null : user.status, user.phone, user.email];
  return make("tr", {},
    make("th", { scope: "row" }, user.name || user.id,
      ...facts.filter(Boolean).map((fact) => make("small", {}, fact))),
    make("td", {}, lines.length ? make("ul", {}, ...lines) : "none"));
}

function faultLine(fault) {
  const times = fault.left === null ? "every time" : fault.left + " to come";
  const hits = fault.hits ? ", hit " + fault.hits : "";
  const remove = make("button", { type: "button" }, "Remove");
  remove.setAttribute("aria-label", "Remove fault: " + fault.name);
  remove.addEventListener("click", async () => {
    await act("/sandbox/faults/remove", { number: fault.number }, "Fault removed");
    byId("faults-title").focus();
  });
  return make("li", {},
    make("span", {}, make("span", { className: "fault" }, fault.name),
      " to " + (fault.path || "any call") + ", " + times + hits), remove);
}

function entryRow(entry) {
  const isRefused = entry.httpStatus === null || entry.httpStatus >= 400
    || (entry.statusCode !== null && entry.statusCode !== 200) || entry.apiCode !== null;
  return make("tr", {},
    make("td", {}, clockTime(entry.at)),
    make("td", {}, entry.method + " ", make("code", { className: "path" }, entry.path)),
    make("td", {}, entry.httpStatus === null ? "no answer" : String(entry.httpStatus)),
    make("td", { className: isRefused ? "refused" : "" }, String(entry.statusCode ?? "")),
    make("td", {}, String(entry.apiCode ?? "")),
    make("td", { className: "number" }, entry.ms + " ms"),
    make("td", { className: "fault" }, entry.fault || ""));
}

function show(state) {
  byId("about").textContent =
    location.origin + ", application " + state.application.id
    + ", offers " + (state.application.factors.map((each) => FACTORS[each]).join(", ") || "no factor");
  showClock(state.clock);
  draw("messages", state.messages, () => state.messages.map(messageRow));
  draw("users", state.users.list, () => state.users.list.map(userRow));
  const more = state.users.total - state.users.list.length;
  byId("user-count").textContent = state.users.total.toLocaleString("en-GB")
    + (state.users.total === 1 ? " user" : " users") + (more > 0 ? ", the newest here" : "");
  draw("faults", state.faults, () => state.faults.map(faultLine));
  draw("journal", state.journal, () => state.journal.map(entryRow));
  const paths = document.forms["arm-fault"].elements.path;
  if (paths.length === 1) {
    paths.append(...state.paths.map((path) => make("option", { value: path }, path)));
  }
  tellOfMessages(state.messages);
}

function showClock(clock) {
  const now = new Date(clock.now);
  byId("time").textContent = now.toLocaleString("en-GB");
  byId("time").dateTime = now.toISOString();
  const freeze = byId("freeze");
  byId("clock-state").textContent = clock.frozen ? "(frozen)" : "";
  freeze.textContent = clock.frozen ? "Run on" : "Freeze";
  freeze.dataset.action = clock.frozen ? "/sandbox/clock/run" : "/sandbox/clock/freeze";
}

/** Tell a screen reader of a code that has come, but not of those that were there before. */
function tellOfMessages(messages) {
  const last = messages.length ? messages[0].number : 0;
  if (newest !== null && last > newest) {
    say("New code to " + messages[0].to + ": " + messages[0].code);
  }
  newest = last;
}

function say(words, isProblem = false) {
  byId("news").textContent = words;
  byId("news").classList.toggle("problem", isProblem);
}

function setConnection(words, isLost) {
  const connection = byId("connection");
  if (connection.textContent !== words) connection.textContent = words;
  connection.classList.toggle("lost", isLost);
}

/** Ask, and show what comes; an answer that a later one has overtaken is left. */
async function ask(path, options) {
  const mine = ++turn;
  const answer = await fetch(path, { cache: "no-store", ...options });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.message);
  if (mine === turn) show(document);
}

async function look() {
  try {
    await ask("/sandbox/state");
    setConnection("Live", false);
  } catch (error) {
    setConnection("The sandbox does not answer", true);
  }
}

async function act(path, body, done) {
  try {
    const headers = { "Content-Type": "application/json" };
    await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
    say(done);
    setConnection("Live", false);
    return true;
  } catch (error) {
    // What fetch throws is a TypeError; anything else is the sandbox's own refusal.
    if (error instanceof TypeError) setConnection("The sandbox does not answer", true);
    else say(error.message, true);
    return false;
  }
}

for (const button of document.querySelectorAll("button[data-action]")) {
  button.addEventListener("click", () => {
    const { action, seconds } = button.dataset;
    act(action, seconds ? { seconds: Number(seconds) } : {}, button.textContent + ": done");
  });
}

function onSubmit(id, path, read, done) {
  byId(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (await act(path, read(new FormData(form)), done) && id === "add-user") form.reset();
  });
}

onSubmit("advance", "/sandbox/clock/advance",
  (data) => ({ seconds: Number(data.get("seconds")) }), "Clock advanced");
onSubmit("arm-fault", "/sandbox/faults/arm",
  (data) => ({ kind: data.get("kind"), path: data.get("path"), always: data.has("always") }),
  "Fault armed");
onSubmit("add-user", "/sandbox/users/add",
  (data) => ({
    ...Object.fromEntries(["username", "password", "phone", "email"].map((k) => [k, data.get(k)])),
    factors: data.getAll("factors"),
  }), "User added");

async function live() {
  if (!document.hidden) await look();
  setTimeout(live, EVERY);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
live();
