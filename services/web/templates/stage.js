// The presenter's view, for a projector: nothing to press, everything moves by itself.
import { OpinionMap, Room, bar, byId, clock, count, drawQueue, follow, html, letterOf, numberOf, page, result, say,
  wording } from "/assets/live.js";

const kBars = 4;
const kPolls = 1;
const kWaiting = 6;
const wide = matchMedia("(min-width: 60rem)");  // as in room.css
const room = new Room();
const map = new OpinionMap(byId("map"), -1);

function drawFigures() {
  byId("watchers").textContent = say("stage_watchers", count(room.watchers));
  const opinion = room.opinion;
  byId("votes").textContent = say("stage_votes", count(Number(opinion?.voteSequence ?? room.dialogue?.voteSequence ?? 0)));
}

const votesOf = ({ tally }) => (tally?.agreeCount ?? 0) + (tally?.disagreeCount ?? 0) + (tally?.passCount ?? 0);

function drawBars() {
  const voted = [...room.statements.values()]
    .filter((each) => votesOf(each) > 0)
    .sort((a, b) => votesOf(b) - votesOf(a) || numberOf(a.name) - numberOf(b.name))
    .slice(0, kBars);
  if (voted.length === 0) return;
  const groups = room.opinion?.groups ?? [];
  byId("bars").replaceChildren(...voted.map((each) => {
    const { text, lang } = wording(each, room.dialogue);
    const parts = groups.length < 2 ? [] : groups.map((group) => {
      const tally = (group.tallies ?? []).find((one) => (one.statement ?? 0) === numberOf(each.name));
      return tally ? bar(tally, letterOf(group.id ?? 0), true) : null;
    });
    return html("div", { class: "statement" }, html("p", { lang }, text), bar(each.tally),
      parts.length ? html("div", { class: "by-group" }, ...parts) : null);
  }));
  dropWhatDoesNotFit(byId("bars"), byId("bars").closest("section"));
}

// Nobody scrolls on a projector: what comes last in `list` goes, until `column` ends above the foot of the screen.
function dropWhatDoesNotFit(list, column) {
  const main = document.querySelector("main");
  const foot = innerHeight - document.querySelector("footer").offsetHeight - parseFloat(getComputedStyle(main).paddingBottom);
  const ends = () => column.getBoundingClientRect().bottom + scrollY;
  while (wide.matches && list.children.length > 1 && ends() > foot) list.lastElementChild.remove();
}

function drawPolls() {
  const polls = [...room.polls.values()].sort((a, b) => numberOf(b.name) - numberOf(a.name)).slice(0, kPolls);
  byId("polls").hidden = polls.length === 0;
  byId("polls-list").replaceChildren(...polls.map((poll) =>
    html("article", { class: "poll" },
      html("h3", {}, poll.question),
      poll.result ? result(poll) : html("ul", { class: "plain" }, ...(poll.options ?? []).map((each) => html("li", {}, each.text))),
      html("p", { class: "faint" }, say("poll_ballots", count(poll.ballotCount ?? 0))))));
}

function drawClock() {
  const item = room.running();
  byId("clock").hidden = item === undefined;
  if (item === undefined) return;
  const planned = ((item.plannedMinutes ?? 0) + (item.extendedMinutes ?? 0)) * 60000;
  const gone = room.now() - Date.parse(item.startTime);
  const left = planned - gone;
  byId("item").textContent = item.title;
  const time = byId("time");
  time.textContent = planned === 0 ? clock(gone) : say(left < 0 ? "agenda_over" : "agenda_left", clock(left));
  time.classList.toggle("over", planned > 0 && left < 0);
  const next = [...room.agendaItems.values()]
    .filter((each) => each.state === "PLANNED" && (each.parentItem ?? "") === (item.parentItem ?? ""))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))[0];
  byId("next").textContent = next ? say("agenda_next", next.title) : "";
}

function draw() {
  drawFigures();
  map.draw(room.opinion);
  drawBars();
  byId("queue").hidden = room.dialogue?.state !== "LIVE";
  drawQueue(room, undefined, kWaiting);
  drawPolls();
  const side = document.querySelector(".stage-side");
  for (const list of [byId("queue-list"), ...byId("polls").querySelectorAll("tbody, ul")]) dropWhatDoesNotFit(list, side);
  drawClock();
  const closed = ["CLOSED", "PUBLISHED"].includes(room.dialogue?.state);
  const state = byId("state");
  state.hidden = !closed;
  state.textContent = closed ? say("state_closed") : "";
  if (closed) byId("join")?.setAttribute("hidden", "");
}

follow(room, draw);
addEventListener("resize", draw);
setInterval(drawClock, 1000);
page.classList.add("ready");
