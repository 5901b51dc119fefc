// A participant's seat: cards to vote on, polls, the queue, the map.
import { OpinionMap, Room, base, byId, clock, count, drawQueue, follow, html, newId, numberOf, page, result, say, send,
  wording } from "/assets/live.js";
import { ballotForm } from "/assets/ballot.js";

const room = new Room();
const isUnderWay = (dialogue) => ["OPEN", "LIVE"].includes(dialogue.state);

async function readSeat() {
  const answer = await fetch(`${base}/seat`);
  if (!answer.ok) throw new Error(say("not_saved"));
  return answer.json();
}

/** Says what came of an act; it is read aloud. */
function tell(text, bad = false) {
  const said = byId("said");
  said.className = bad ? "said error" : "said";
  said.textContent = text;
}

class Cards {
  constructor(seat) {
    this.dialogue = seat.dialogue;
    this.form = byId("card");
    this.votes = new Map((seat.votes ?? []).map((vote) => [vote.statement ?? 0, vote.value]));
    this.shown = this.form.hidden ? undefined : Number(this.form.elements.statement.value);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.vote(event.submitter.value);
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select")) return;
      const value = { a: "agree", d: "disagree", p: "pass" }[event.key.toLowerCase()];
      if (value !== undefined && !this.form.hidden) this.vote(value);
    });
    this.drawYours();
  }

  async vote(value) {
    if (this.busy || this.shown === undefined) return;
    this.busy = true;
    this.form.classList.add("busy");
    const statement = this.shown;
    try {
      await send("votes", [["statement", String(statement)], ["value", value]]);
      this.votes.set(statement, value.toUpperCase());
      tell(say("vote_saved"));
      this.drawYours();
      await this.next(true);
    } catch (failure) {
      tell(failure.message, true);
    }
    this.form.classList.remove("busy");
    this.busy = false;
  }

  async next(focus) {
    const drawn = await send("next", []);
    if (drawn.statement === undefined) return this.finish();
    this.show(drawn.statement, drawn.remainingCount ?? 0, focus);
  }

  show(statement, left, focus) {
    const { text, lang } = wording(statement, this.dialogue);
    const place = byId("statement");
    this.shown = numberOf(statement.name);
    this.form.elements.statement.value = this.shown;
    place.textContent = text;
    place.lang = lang;
    byId("left").textContent = left === undefined ? "" : say("vote_left", count(left));
    this.form.hidden = false;
    byId("done").hidden = true;
    if (focus) place.focus({ preventScroll: true });
  }

  finish() {
    this.shown = undefined;
    this.form.hidden = true;
    byId("done").hidden = false;
  }

  // A statement that came, or that went from under the reader's eyes.
  refresh() {
    const known = new Set([...room.statements.values()].map((each) => numberOf(each.name)));
    const news = [...known].some((number) => !this.votes.has(number));
    const gone = this.shown !== undefined && known.size > 0 && !known.has(this.shown);
    if (!this.busy && (gone || (this.shown === undefined && news && known.size !== this.seen))) {
      this.next(false).catch(() => {});
    }
    this.seen = known.size;
    this.drawYours();
  }

  drawYours() {
    const words = { AGREE: "vote_agree", DISAGREE: "vote_disagree", PASS: "vote_pass" };
    const voted = [...room.statements.values()].filter((each) => words[this.votes.get(numberOf(each.name))]);
    byId("yours").hidden = voted.length === 0;
    byId("yours-count").textContent = count(voted.length);
    const drawn = JSON.stringify(voted.map((each) => [each.name, each.etag, this.votes.get(numberOf(each.name))]));
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    byId("yours-list").replaceChildren(...voted.map((each) => {
      const { text, lang } = wording(each, this.dialogue);
      const value = this.votes.get(numberOf(each.name));
      return html("li", {},
        html("span", { class: `tag ${value.toLowerCase()}` }, say(words[value])),
        html("span", { lang }, text),
        html("button", { type: "button", class: "plain-button", onclick: () => this.show(each, undefined, true) }, say("vote_change")));
    }));
  }
}

class Polls {
  constructor(seat, acts) {
    this.acts = acts;
    this.voted = new Set(seat.votedPolls ?? []);
    this.ballots = new Map(Object.entries(seat.ballots ?? {}).map(([number, ballot]) => [Number(number), ballot]));
    this.drawn = new Map();
  }

  draw() {
    const polls = [...room.polls.values()].sort((a, b) => numberOf(b.name) - numberOf(a.name));
    byId("polls").hidden = polls.length === 0;
    const list = byId("polls-list");
    const kept = polls.map((poll) => this.article(poll));
    if (kept.length !== list.children.length || kept.some((each, i) => each !== list.children[i])) list.replaceChildren(...kept);
  }

  // Drawn anew only when it changes: a form that is being filled in stays.
  article(poll) {
    const number = numberOf(poll.name);
    const state = JSON.stringify([poll.state, poll.etag, poll.result, this.voted.has(number)]);
    let article = this.drawn.get(number);
    if (article?.state !== state) {
      article = { state, element: html("article", { class: "poll card" }, ...this.content({ ...poll, number })) };
      article.count = html("p", { class: "faint" });
      article.element.append(article.count);
      this.drawn.set(number, article);
    }
    article.count.textContent = say("poll_ballots", count(poll.ballotCount ?? 0));
    return article.element;
  }

  content(poll) {
    const done = this.voted.has(poll.number);
    const open = poll.state === "OPEN" && this.acts && !(done && poll.anonymous);
    const parts = open
      ? [ballotForm(poll, this.ballots.get(poll.number), done, (fields) => this.cast(poll, fields))]
      : [html("h3", {}, poll.question)];
    if (poll.anonymous && poll.state === "OPEN") parts.push(html("p", { class: "help" }, say("poll_anonymous")));
    if (done && poll.state === "OPEN") parts.push(html("p", { class: "counted", role: "status" }, say("poll_done")));
    if (poll.result) parts.push(result(poll));
    return parts;
  }

  async cast(poll, fields) {
    const answer = await send("ballots", fields);
    this.voted.add(poll.number);
    if (!poll.anonymous) {
      const ballots = (await readSeat()).ballots ?? {};
      if (ballots[poll.number]) this.ballots.set(poll.number, ballots[poll.number]);
    }
    if (answer.poll) room.polls.set(poll.name, answer.poll);
    tell(say("poll_done"));
    this.draw();
  }
}

/** A form that is sent by its script. */
function take(id, act) {
  byId(id)?.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await act(event.target);
    } catch (failure) {
      tell(failure.message, true);
    }
  });
}

function drawSpeaking(me) {
  byId("queue").hidden = room.dialogue?.state !== "LIVE";
  drawQueue(room, me);
  const own = [...room.speakerRequests.values()].find(
    (each) => each.participant === me && ["WAITING", "CALLED", "SPEAKING", "PAUSED"].includes(each.state));
  if (byId("ask") === null) return;
  byId("ask").hidden = own !== undefined;
  byId("cancel").hidden = own === undefined || !["WAITING", "CALLED"].includes(own.state);
  if (own?.state === "CALLED") byId("queue-now").textContent = say("queue_you_called");
}

function drawAgenda() {
  const item = room.running();
  const line = byId("agenda");
  line.hidden = item === undefined;
  if (item === undefined) return;
  const planned = ((item.plannedMinutes ?? 0) + (item.extendedMinutes ?? 0)) * 60000;
  const left = Date.parse(item.startTime) + planned - room.now();
  const time = planned === 0 ? "" : ` · ${say(left < 0 ? "agenda_over" : "agenda_left", clock(left))}`;
  line.textContent = item.title + time;
}

function drawMine(statements) {
  byId("mine").hidden = statements.length === 0;
  byId("mine-list").replaceChildren(...statements.map((each) => {
    const now = room.statements.get(each.name) ?? each;
    const state = { ACCEPTED: "mine_accepted", REJECTED: "mine_rejected", MERGED: "mine_merged" }[now.state] ?? "mine_undecided";
    return html("li", {}, html("span", {}, each.text), html("span", { class: "tag" }, say(state, now.reason ?? "")));
  }));
}

async function begin() {
  const seat = await readSeat();
  const me = seat.participant.name;
  const acts = byId("vote") !== null;
  const cards = acts ? new Cards(seat) : undefined;
  const polls = new Polls(seat, acts);
  const map = new OpinionMap(byId("map"), numberOf(me));
  const mine = seat.statements ?? [];
  drawMine(mine);
  take("write", async (form) => {
    const written = await send("statements", new FormData(form));
    form.reset();
    form.elements.request_id.value = newId();
    form.dispatchEvent(new Event("input"));
    cards.votes.set(numberOf(written.name), "AGREE");
    mine.push(written);
    drawMine(mine);
    tell(say("write_sent"));
  });
  const left = () => {
    byId("text-left").textContent = say("write_left", count(1000 - [...byId("text").value].length));
  };
  byId("write")?.addEventListener("input", left);
  if (byId("write") !== null) left();
  take("ask", async (form) => {
    const asked = await send("speaking", new FormData(form));
    room.speakerRequests.set(asked.name, asked);
    form.reset();
    drawSpeaking(me);
  });
  take("cancel", async () => {
    await send("speaking", [["kind", "none"]]);
    for (const each of room.speakerRequests.values()) if (each.participant === me) room.speakerRequests.delete(each.name);
    drawSpeaking(me);
  });
  follow(room, () => {
    // What can be done here is another page then.
    if (room.dialogue && isUnderWay(room.dialogue) !== isUnderWay(seat.dialogue)) return location.reload();
    cards?.refresh();
    polls.draw();
    map.draw(room.opinion);
    drawSpeaking(me);
    drawAgenda();
    drawMine(mine);
  });
  setInterval(drawAgenda, 1000);
  page.classList.add("ready");
}

begin().catch((failure) => tell(failure.message, true));
