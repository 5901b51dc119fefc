// What the pages of a dialogue share: texts, elements, the room as its events tell it, pictures.
export const page = document.getElementById("room");
export const base = page.dataset.base;
const texts = JSON.parse(page.dataset.texts);
const language = document.documentElement.lang;
const query = location.search;

/** A text with $0, $1 … replaced. */
export const say = (key, ...words) => texts[key].replace(/\$(\d)/g, (place, i) => words[i] ?? place);
export const count = (value) => new Intl.NumberFormat(language).format(value);
/** The last part of a resource's name. */
export const numberOf = (name) => Number(name.slice(name.lastIndexOf("/") + 1));
export const byId = (id) => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
export const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** Sends a form; what came of it, or throws what to tell the reader. */
export async function send(path, fields) {
  let answer, body;
  try {
    answer = await fetch(`${base}/${path}${query}`, {
      method: "POST",
      body: new URLSearchParams([...fields, ["live", "1"]]),
    });
    body = await answer.json();
  } catch {
    throw new Error(say("not_saved"));
  }
  if (!answer.ok) throw new Error(body.error ?? say("not_saved"));
  return body;
}

/** A UUID; crypto.randomUUID is there only where the page came over TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A statement's words in the language of the page, if somebody translated it. */
export function wording(statement, dialogue) {
  const own = statement.languageCode || dialogue?.languageCode || "en";
  const translation = own.startsWith(language) ? undefined : statement.translations?.[language];
  return translation === undefined ? { text: statement.text, lang: own } : { text: translation, lang: language };
}

const kLists = ["statements", "agendaItems", "speakerRequests", "polls", "decisions", "actionItems"];

/** The room as it is, from RoomUpdates. */
export class Room {
  constructor() {
    this.clear();
  }
  clear() {
    for (const list of kLists) this[list] = new Map();
    this.dialogue = this.opinion = undefined;
    this.watchers = 0;
    this.clockAhead ??= 0;
  }
  apply(update) {
    if (update.reset) this.clear();
    for (const list of kLists) {
      for (const each of update[list] ?? []) this[list].set(each.name, each);
      for (const name of update.deleted ?? []) this[list].delete(name);
    }
    const parent = [...this.statements.keys()][0]?.replace(/\d+$/, "");
    for (const tally of update.tallies ?? []) {
      const statement = this.statements.get(parent + (tally.statement ?? 0));
      if (statement) statement.tally = tally;
    }
    this.dialogue = update.dialogue ?? this.dialogue;
    this.opinion = update.opinion ?? this.opinion;
    this.watchers = update.watcherCount ?? this.watchers;
    if (update.serverTime) this.clockAhead = Date.parse(update.serverTime) - Date.now();
  }
  /** Milliseconds since 1970 by the server's clock. */
  now() {
    return Date.now() + this.clockAhead;
  }
  /** The agenda item that is on: the innermost. */
  running() {
    const running = [...this.agendaItems.values()].filter((item) => item.state === "RUNNING");
    return running.find((item) => !running.some((other) => other.parentItem === item.name));
  }
  /** Those who wait, in their order. */
  waiting() {
    return [...this.speakerRequests.values()]
      .filter((request) => request.state === "WAITING")
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  }
  /** Who is called, speaks or was interrupted. */
  speaking() {
    return [...this.speakerRequests.values()].find((request) => ["SPEAKING", "PAUSED", "CALLED"].includes(request.state));
  }
}

/** Follows the room; `draw` runs at most once a frame after something changed. */
export function follow(room, draw) {
  const light = byId("live");
  let drawing = false;
  let pause = 1000;
  const open = () => {
    const source = new EventSource(`${base}/events`);
    source.onmessage = (event) => {
      pause = 1000;
      light.textContent = say("live");
      light.classList.add("on");
      room.apply(JSON.parse(event.data));
      if (drawing) return;
      drawing = true;
      requestAnimationFrame(() => {
        drawing = false;
        draw();
      });
    };
    source.addEventListener("gone", () => {
      source.close();
      light.classList.remove("on");
      light.textContent = say("gone");
    });
    source.onerror = () => {
      light.classList.remove("on");
      light.textContent = say("lost");
      // It comes back by itself, unless the answer was no stream.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, pause);
      pause = Math.min(pause * 2, 30000);
    };
  };
  open();
}

/** "4:05". */
export function clock(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Who speaks and who is next, `most` of them; `mine` is the name of the reader's seat. */
export function drawQueue(room, mine, most = Infinity) {
  const now = room.speaking();
  const line = now && say(now.state === "CALLED" ? "queue_called" : "queue_now", now.pseudonym ?? "");
  const waiting = room.waiting();
  const told = line ?? (waiting.length === 0 ? say("queue_nobody") : "");
  const place = byId("queue-now");
  // Written only when it changes: it is read aloud.
  if (place.textContent !== told) place.textContent = told;
  byId("queue-list").replaceChildren(
    ...waiting.slice(0, most).map((request) =>
      html("li", request.participant === mine ? { class: "own" } : {},
        html("span", { class: "place" }, String(request.position ?? "")),
        html("span", {}, request.pseudonym ?? "", request.topic ? ` · ${request.topic}` : ""),
        request.kind === "QUESTION" || request.kind === "POINT_OF_ORDER"
          ? html("span", { class: "tag" }, say(request.kind === "QUESTION" ? "queue_question" : "queue_order"))
          : null,
      ),
    ),
  );
}

const kShapes = [
  "M0-1.1A1.1 1.1 0 1 1 0 1.1 1.1 1.1 0 1 1 0-1.1Z",
  "M-1-1H1V1H-1Z",
  "M0-1.35 1.25.95H-1.25Z",
  "M0-1.4 1.4 0 0 1.4-1.4 0Z",
  "M-1.3-.9H1.3L0 1.35Z",
];
export const shapeOf = (group) => (group < 0 ? kShapes[0] : kShapes[group % kShapes.length]);
export const letterOf = (group) => String.fromCharCode(65 + group);

// Andrew's monotone chain.
function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (list) => {
    const kept = [];
    for (const point of list) {
      while (kept.length >= 2 && turn(kept.at(-2), kept.at(-1), point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return sorted.length < 2 ? sorted : [...half(sorted), ...half(sorted.reverse())];
}

/** The opinion map, kept from one analysis to the next so that people move instead of jumping. */
export class OpinionMap {
  static width = 100;
  static height = 58;

  constructor(place, me) {
    this.place = place;
    this.me = me;
    this.points = new Map();
  }

  draw(opinion) {
    const positions = (opinion?.positions ?? []).map((each) => ({
      who: each.participant ?? 0,
      x: each.x ?? 0,
      y: each.y ?? 0,
      group: each.group ?? 0,
    }));
    if (positions.length < 2) return;
    if (this.picture === undefined) this.begin();
    const put = this.scale(positions);
    const groups = (opinion.groups ?? []).map((group) => ({ id: group.id ?? 0, count: group.participantCount ?? 0 }));
    this.drawGroups(groups, positions, put);
    this.drawPoints(positions, put);
    this.picture.setAttribute("aria-label", say("map_alt", count(positions.length), count(groups.length)));
    this.drawLegend(groups, positions.find((each) => each.who === this.me));
  }

  begin() {
    const { width, height } = OpinionMap;
    this.areas = svg("g", { class: "areas" });
    this.dots = svg("g", { class: "dots" });
    this.names = svg("g", { class: "names", "aria-hidden": "true" });
    this.picture = svg("svg", { class: "map", role: "img", viewBox: `0 0 ${width} ${height}` },
      svg("path", { class: "axes", d: `M${width / 2} 2V${height - 2}M2 ${height / 2}H${width - 2}` }),
      this.areas, this.dots, this.names);
    this.legend = html("ul", { class: "legend" });
    this.yours = html("p", { class: "yours" });
    this.place.replaceChildren(this.picture, this.legend, this.yours);
  }

  // The middle of the map is the middle of opinion; both axes have one scale.
  scale(positions) {
    const { width, height } = OpinionMap;
    const reach = (pick) => Math.max(...positions.map((each) => Math.abs(pick(each))), 1e-9);
    const unit = Math.min((width / 2 - 7) / reach((p) => p.x), (height / 2 - 7) / reach((p) => p.y));
    return ({ x, y }) => [width / 2 + x * unit, height / 2 - y * unit];
  }

  drawGroups(groups, positions, put) {
    const areas = [];
    const names = [];
    for (const { id } of groups) {
      const points = positions.filter((each) => each.group === id).map(put);
      if (points.length === 0) continue;
      const outline = hull(points);
      areas.push(svg("polygon", { class: `area g${id % 5}`, points: outline.map((point) => point.join()).join(" ") }));
      const top = Math.min(...points.map((point) => point[1]));
      const middle = points.reduce((sum, point) => sum + point[0], 0) / points.length;
      names.push(svg("text", { class: `name g${id % 5}`, x: middle, y: Math.max(top - 3, 4.5), "text-anchor": "middle" }, letterOf(id)));
    }
    this.areas.replaceChildren(...areas);
    this.names.replaceChildren(...names);
  }

  drawPoints(positions, put) {
    const seen = new Set();
    for (const each of positions) {
      seen.add(each.who);
      let point = this.points.get(each.who);
      if (point === undefined) {
        point = svg("path");
        this.points.set(each.who, point);
        this.dots.append(point);
      }
      const mine = each.who === this.me;
      point.setAttribute("class", `dot g${each.group < 0 ? "none" : each.group % 5}${mine ? " me" : ""}`);
      point.setAttribute("d", shapeOf(each.group));
      const [x, y] = put(each);
      point.style.transform = `translate(${x}px, ${y}px)${mine ? " scale(1.9)" : ""}`;
      if (mine) this.dots.append(point);
    }
    for (const [who, point] of this.points) {
      if (seen.has(who)) continue;
      point.remove();
      this.points.delete(who);
    }
  }

  drawLegend(groups, own) {
    this.legend.replaceChildren(
      ...groups.map(({ id, count: people }) =>
        html("li", {},
          svg("svg", { class: "key", viewBox: "-2 -2 4 4", "aria-hidden": "true" },
            svg("path", { class: `dot g${id % 5}`, d: shapeOf(id) })),
          html("span", {}, `${say("map_group", letterOf(id))} · ${say("map_people", count(people))}`)),
      ),
    );
    this.yours.textContent = own && own.group >= 0 && groups.length > 0 ? say("map_yours", letterOf(own.group)) : "";
  }
}

/** How a statement stands, as one bar. `small`: without its figures. */
export function bar(tally, label, small = false) {
  const agree = tally?.agreeCount ?? 0;
  const disagree = tally?.disagreeCount ?? 0;
  const pass = tally?.passCount ?? 0;
  const all = Math.max(agree + disagree + pass, 1);
  const told = say("stage_bar", count(agree), count(disagree), count(pass));
  const height = small ? 6 : 14;
  const part = (name, from, size) =>
    svg("rect", { class: name, x: `${(100 * from) / all}%`, width: `${(100 * size) / all}%`, height, y: 0 });
  return html("div", { class: small ? "bar small" : "bar" },
    label ? html("span", { class: "bar-label", "aria-hidden": "true" }, label) : null,
    svg("svg", { role: "img", "aria-label": label ? `${label}: ${told}` : told, width: "100%", height },
      part("agree", 0, agree), part("disagree", agree, disagree), part("pass", agree + disagree, pass)),
    small ? null : html("span", { class: "figures", "aria-hidden": "true" }, told));
}

/** The result of a poll. */
export function result(poll) {
  const standings = poll.result.standings ?? [];
  const best = Math.max(...standings.map((each) => each.score ?? 0), 1e-9);
  const option = (number) => (poll.options ?? []).find((each) => (each.number ?? 0) === number)?.text ?? "";
  const digits = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  return html("table", { class: "result" },
    html("caption", {}, say("poll_result")),
    html("thead", {}, html("tr", {},
      html("th", { scope: "col" }, say("poll_rank")),
      html("th", { scope: "col" }, say("poll_option")),
      html("th", { scope: "col" }, say("poll_score")))),
    html("tbody", {}, ...standings.map((each) =>
      html("tr", each.funded ? { class: "funded" } : {},
        html("td", {}, String(each.rank ?? "")),
        html("td", {}, option(each.option ?? 0),
          each.funded ? html("span", { class: "tag" }, say("poll_funded")) : null,
          svg("svg", { class: "meter", width: "100%", height: 8, "aria-hidden": "true" },
            svg("rect", { width: `${(100 * (each.score ?? 0)) / best}%`, height: 8 }))),
        html("td", { class: "number" }, digits.format(each.score ?? 0))))),
    poll.result.tied ? html("tfoot", {}, html("tr", {}, html("td", { colspan: 3 }, say("poll_tied")))) : null);
}
