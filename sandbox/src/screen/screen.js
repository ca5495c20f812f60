/**
 * The ticket screen's side of the talk with a page in its frame. All messages are JSON strings; the page asks under
 * `hosted_request`, what it asks under another key is not heard, and a save waits for the page's answer.
 */
const frame = document.querySelector("#pod");
const said = document.querySelector("#said");
const members = document.querySelector("#member");

const FRAME_ID = crypto.randomUUID();
/** What went either way, for whoever looks. */
window.podTraffic = [];

let ticket = Number(new URLSearchParams(location.search).get("recid")) || 0;
let shown = null;
let podOrigin = null;
let frameIsReady = false;
let lastEvent = 0;
/** Events that wait for the page's answer, by their id. */
const waiting = new Map();
const logins = new Map();

function send(message) {
  window.podTraffic.push({ to: "pod", message });
  frame.contentWindow.postMessage(JSON.stringify(message), podOrigin);
}

function raise(event) {
  lastEvent += 1;
  const id = `e${lastEvent}`;
  const answered = new Promise((resolve) => waiting.set(id, resolve));
  send({ event, _id: id, data: { screenObject: { id: ticket, screen: "ticket", hostedAs: "pod" } } });
  return answered;
}

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== podOrigin || typeof event.data !== "string") return;
  let message;
  try {
    message = JSON.parse(event.data);
  } catch {
    return;
  }
  window.podTraffic.push({ from: "pod", message });
  if (message.message === "ready") {
    frameIsReady = true;
    send({ MessageFrameID: FRAME_ID });
    void raise("onLoad");
    return;
  }
  // What does not name its frame belongs to none.
  if (message.frameID !== FRAME_ID) return;
  if (typeof message.event === "string" && waiting.has(message._id)) {
    waiting.get(message._id)(message);
    waiting.delete(message._id);
  } else if (typeof message.hosted_request === "string") {
    void asked(message.hosted_request.toLowerCase(), message.args ?? {});
  }
});

async function asked(request, args) {
  if (request === "getmemberauthentication") {
    send({ response: request, data: await login(members.value) });
  } else if (request === "refreshscreen") {
    await show(ticket);
  } else if (request === "openscreen" && args.screen === "ticket" && Number.isInteger(args.id)) {
    const address = `?routeTo=ServiceFV&recid=${args.id}`;
    if (args.newTab) open(address, "_blank", "noopener");
    else location.search = address;
  }
}

async function login(identifier) {
  if (!logins.has(identifier)) {
    const response = await fetch(`/_sandbox/members/${encodeURIComponent(identifier)}/sign-in`, { method: "POST" });
    logins.set(identifier, await response.json());
  }
  return logins.get(identifier);
}

const NOTES = [
  ["detailDescriptionFlag", "Discussion"],
  ["internalAnalysisFlag", "Internal"],
  ["resolutionFlag", "Resolution"],
];

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

/** Shows a ticket, and tells the page which one it is. */
async function show(id) {
  const response = await fetch(`/_sandbox/screen/${id}`);
  if (!response.ok) {
    document.querySelector("#summary").textContent = `There is no ticket ${id}`;
    return;
  }
  shown = await response.json();
  ticket = id;
  const record = shown.ticket;
  document.querySelector("#summary").textContent = `#${record.id} ${record.summary}`;
  document.title = `#${record.id} · ConnectWise sandbox`;
  const facts = [
    ["Company", record.company?.name],
    ["Contact", record.contactName],
    ["Board", record.board?.name],
    ["Status", record.status?.name],
    ["Priority", record.priority?.name],
    ["Owner", record.owner?.name],
  ];
  const list = facts.filter(([, value]) => value).map(([label, value]) => {
    const pair = document.createElement("div");
    pair.append(element("dt", label), element("dd", value));
    return pair;
  });
  document.querySelector("#facts").replaceChildren(...list);
  showNotes();
  if (members.options.length === 0) {
    members.replaceChildren(...shown.members.map(({ identifier, name }) => new Option(`${name} (${identifier})`, identifier)));
    const wanted = new URLSearchParams(location.search).get("member");
    if (shown.members.some(({ identifier }) => identifier === wanted)) members.value = wanted;
  }
  if (frameIsReady) void raise("onLoad");
  else load();
}

function showNotes() {
  const parts = NOTES.flatMap(([flag, title]) => {
    const notes = shown.notes.filter((note) => note[flag] === true);
    if (notes.length === 0) return [];
    const boxes = notes.map((note) => {
      const box = element("article", "", "note");
      box.dataset.placement = title.toLowerCase();
      box.append(element("p", `${note.member?.name ?? note.createdBy ?? ""} · note ${note.id}`, "by"), element("p", note.text, "text"));
      return box;
    });
    return [element("h3", title), ...boxes];
  });
  document.querySelector("#notes").replaceChildren(...parts);
}

/** Puts the page into its frame, from the beginning. */
function load() {
  const url = shown.pod;
  document.querySelector("#no-pod").hidden = url !== null;
  frame.hidden = url === null;
  if (url === null) return;
  const address = url.replaceAll("[cw_id]", String(ticket)).replaceAll("[cw_screen]", "ticket");
  podOrigin = new URL(address).origin;
  frameIsReady = false;
  frame.src = address;
}

document.querySelector("#save").addEventListener("click", async () => {
  said.textContent = "Saving…";
  const { result, errors } = frameIsReady ? await raise("beforeSave") : { result: "success" };
  said.textContent = result === "success" ? "Saved." : `Not saved: ${(errors ?? []).join(" ")}`;
  if (result === "success") await show(ticket);
});

document.querySelector("#refresh").addEventListener("click", () => void show(ticket));

function move(by) {
  const at = shown.tickets.indexOf(ticket) + by;
  const next = shown.tickets[(at + shown.tickets.length) % shown.tickets.length];
  history.replaceState(null, "", `?routeTo=ServiceFV&recid=${next}`);
  void show(next);
}
document.querySelector("#previous").addEventListener("click", () => move(-1));
document.querySelector("#next").addEventListener("click", () => move(1));

// Somebody else at the same desk: the page begins anew, as after signing in.
members.addEventListener("change", load);

await show(ticket);
