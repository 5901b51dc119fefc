// Forms of polls, one for each method. Each gives the fields of its ballot.
import { count, html, say, svg } from "/assets/live.js";

const optionsOf = (poll) => (poll.options ?? []).map((each) => ({ ...each, number: each.number ?? 0 }));
const idOf = (poll, option) => `option-${poll.number}-${option.number}`;
const entry = (option, value) => [`entry-${option}`, String(value)];

function choice(poll, ballot) {
  const most = poll.maxChoices || 1;
  const chosen = new Set((ballot?.entries ?? []).map((each) => each.option ?? 0));
  const inputs = optionsOf(poll).map((option) => {
    const input = html("input", {
      type: most === 1 ? "radio" : "checkbox", name: `choice-${poll.number}`, id: idOf(poll, option), value: option.number,
    });
    input.checked = chosen.has(option.number);
    return { input, option };
  });
  const limit = () => {
    const full = inputs.filter(({ input }) => input.checked).length >= most;
    for (const { input } of inputs) input.disabled = most > 1 && full && !input.checked;
  };
  limit();
  return {
    hint: say("poll_choices", count(most)),
    content: html("div", { onchange: limit },
      ...inputs.map(({ input, option }) => html("div", { class: "option" }, input, html("label", { for: input.id }, option.text)))),
    fields: () => inputs.filter(({ input }) => input.checked).map(({ option }) => entry(option.number, 1)),
  };
}

// Points for each: SCORE, DOTS and BUDGET.
function points(poll, ballot, most, hint) {
  const given = new Map((ballot?.entries ?? []).map((each) => [each.option ?? 0, each.value ?? 0]));
  const inputs = optionsOf(poll).map((option) => {
    const input = html("input", {
      type: "number", class: "short", id: idOf(poll, option), min: 0, max: most, step: 1, inputmode: "numeric",
      value: given.get(option.number) ?? 0,
    });
    return { input, option };
  });
  const told = html("span", { role: "status" });
  const spent = () => inputs.reduce((sum, { input }) => sum + (Number(input.value) || 0), 0);
  const tell = () => {
    told.textContent = hint(spent());
  };
  tell();
  return {
    hint: told,
    content: html("div", { oninput: tell },
      ...inputs.map(({ input, option }) =>
        html("div", { class: "points" },
          html("label", { for: input.id }, option.text,
            option.cost ? html("span", { class: "tag" }, say("poll_cost", count(Number(option.cost)))) : null),
          input))),
    fields: () =>
      inputs.filter(({ input }) => Number(input.value) > 0).map(({ input, option }) => entry(option.number, input.value)),
  };
}

const score = (poll, ballot) => {
  const most = poll.maxScore || 5;
  return points(poll, ballot, most, () => say("poll_scores", count(most)));
};
const dots = (poll, ballot) => {
  const all = poll.dots || 5;
  return points(poll, ballot, all, (spent) => say("poll_dots", count(all), count(all - spent)));
};
const budget = (poll, ballot) => {
  const most = poll.maxScore || 5;
  return points(poll, ballot, most, () => say("poll_budget", count(Number(poll.budget ?? 0)), count(most)));
};

function ranking(poll, ballot) {
  const rank = new Map((ballot?.entries ?? []).map((each) => [each.option ?? 0, each.value ?? 0]));
  const order = optionsOf(poll).sort((a, b) => (rank.get(a.number) ?? 1e6) - (rank.get(b.number) ?? 1e6));
  const list = html("ol", { class: "ranking" });
  const move = (index, by) => {
    const [moved] = order.splice(index, 1);
    order.splice(index + by, 0, moved);
    draw();
    const buttons = [...list.children[index + by].querySelectorAll("button")];
    const same = buttons[by < 0 ? 0 : 1];
    (same.disabled ? buttons[by < 0 ? 1 : 0] : same).focus();
  };
  const arrow = (label, d, index, by) =>
    html("button", { type: "button", class: "quiet icon", "aria-label": label, onclick: () => move(index, by),
      disabled: index + by < 0 || index + by >= order.length },
      svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d })));
  function draw() {
    list.replaceChildren(...order.map((option, index) =>
      html("li", {}, html("span", {}, option.text),
        arrow(say("poll_up", option.text), "M5 15l7-7 7 7", index, -1),
        arrow(say("poll_down", option.text), "M5 9l7 7 7-7", index, 1))));
  }
  draw();
  return { hint: say("poll_ranking"), content: list, fields: () => order.map((option, i) => entry(option.number, i + 1)) };
}

function pairwise(poll, ballot) {
  const options = optionsOf(poll);
  const pairs = [];
  for (let i = 0; i < options.length; ++i) for (let j = i + 1; j < options.length; ++j) pairs.push([options[i], options[j]]);
  // Everybody begins elsewhere, so that all pairs are asked.
  for (let i = pairs.length - 1; i > 0; --i) {
    const j = Math.floor(Math.random() * (i + 1));
    [pairs[i], pairs[j]] = [pairs[j], pairs[i]];
  }
  pairs.length = Math.min(pairs.length, 200);
  const preferred = (ballot?.comparisons ?? []).map((each) => `${each.winner ?? 0}-${each.loser ?? 0}`);
  const asked = new Set(preferred.map((pair) => pair.split("-").sort().join()));
  const left = pairs.filter((pair) => !asked.has(pair.map((option) => String(option.number)).sort().join()));
  const place = html("div", { class: "pair" });
  const answer = (winner, loser) => {
    if (winner) preferred.push(`${winner.number}-${loser.number}`);
    left.shift();
    draw();
    place.querySelector("button")?.focus();
  };
  function draw() {
    if (left.length === 0) return place.replaceChildren(html("p", { role: "status" }, "✓"));
    const [a, b] = left[0];
    place.replaceChildren(
      html("button", { type: "button", class: "quiet", onclick: () => answer(a, b) }, a.text),
      html("button", { type: "button", class: "quiet", onclick: () => answer(b, a) }, b.text),
      html("button", { type: "button", class: "plain-button", onclick: () => answer() },
        `${say("poll_skip")} · ${say("vote_left", count(left.length))}`));
  }
  draw();
  return { hint: say("poll_pairwise"), content: place, fields: () => preferred.map((pair) => ["pair", pair]) };
}

const kMethods = { CHOICE: choice, SCORE: score, DOTS: dots, RANKING: ranking, PAIRWISE: pairwise, BUDGET: budget };

/** The form of an open poll; `cast` gets the fields of the ballot. */
export function ballotForm(poll, ballot, again, cast) {
  const { hint, content, fields } = kMethods[poll.method](poll, ballot);
  const error = html("p", { class: "error", role: "alert" });
  const form = html("form", {},
    html("fieldset", {}, html("legend", {}, poll.question), html("p", { class: "help" }, hint), content),
    error,
    html("button", { type: "submit" }, say(again ? "poll_cast_again" : "poll_cast")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = fields();
    if (given.length === 0) return void (error.textContent = say("ballot_invalid"));
    error.textContent = "";
    try {
      await cast([["poll", String(poll.number)], ...given]);
    } catch (failure) {
      error.textContent = failure.message;
    }
  });
  return form;
}
