// What a report looks like: on light and dark screens, on a phone, on paper.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_STYLE_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_STYLE_H_

namespace colloquy::dialogues::rules::report {

// Holds none of < > &, so that it needs no escaping, neither in HTML nor in XML.
inline constexpr char kStyle[] = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f5f1; --sheet: #fff; --ink: #1d2430; --faint: #545d6b; --line: #d9d7cf; --accent: #0b5c6b;
  --agree: #1f6fb2; --pass: #b9bec6; --disagree: #c4561a; --ground: #e9e7e0;
  --g0: #1f6fb2; --g1: #b3541e; --g2: #2f7d4f; --g3: #7a4fb0; --g4: #8a6a00; --g9: #767e8a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --sheet: #1a2028; --ink: #e9ecf1; --faint: #a9b3c1; --line: #343d4a; --accent: #6fd0e0;
    --agree: #6cb2ec; --pass: #6b7481; --disagree: #f0925a; --ground: #2a323d;
    --g0: #6cb2ec; --g1: #f0925a; --g2: #74cb95; --g3: #bf9bee; --g4: #e0bd55; --g9: #98a1ae;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
header, main, footer { max-width: 54rem; margin-inline: auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem); }
main { background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; }
h1 { font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.45rem; line-height: 1.25; margin: 2.5rem 0 1rem; padding-top: 1rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1.1rem 0 .3rem; }
p { margin: 0 0 .7rem; }
a { color: var(--accent); text-underline-offset: .15em; }
ul, ol { padding-inline-start: 1.4rem; margin: 0 0 .8rem; }
nav ul { columns: 2; }
figure { margin: 1rem 0; }
figcaption, .faint, caption { color: var(--faint); font-size: .9rem; }
.note { border-inline-start: 4px solid var(--accent); padding-inline-start: .8rem; }
dl.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.2rem; margin: 1rem 0 0; }
dl.figures div { display: flex; flex-direction: column-reverse; }
dl.figures dt { color: var(--faint); font-size: .9rem; }
dl.figures dd { margin: 0; font-size: 1.7rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem; font-size: .95rem; }
caption { text-align: start; padding-bottom: .2rem; }
.statement caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.statement { position: relative; }
th, td { text-align: start; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th, thead td { color: var(--faint); font-size: .85rem; font-weight: 500; }
tbody th { font-weight: 500; }
.votes td { white-space: nowrap; font-variant-numeric: tabular-nums; }
.votes td i { color: var(--faint); font-style: normal; font-size: .85em; }
.votes td:has(svg) { width: 38%; min-width: 6rem; }
.actions svg { width: 5rem; margin-inline-end: .4rem; }
.deep1 { padding-inline-start: 1.2rem; } .deep2 { padding-inline-start: 2.4rem; }
.deep3 { padding-inline-start: 3.6rem; } .deep4 { padding-inline-start: 4.8rem; }
.item { display: block; }
.decision, .poll { border: 1px solid var(--line); border-radius: .6rem; padding: .2rem 1.2rem .6rem; margin: 0 0 1.2rem; }
.decided { font-size: 1.2rem; font-weight: 600; line-height: 1.4; white-space: pre-line; }
.words { font-weight: 500; white-space: pre-line; }
.support { margin-top: .8rem; }
.groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 0 2rem; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-inline-end: .45em; }
:target { outline: 3px solid var(--accent); outline-offset: 4px; border-radius: .3rem; }
svg { display: block; }
svg.map, svg.chart { width: 100%; height: auto; }
svg.map { border: 1px solid var(--line); border-radius: .6rem; }
svg.bar { width: 100%; height: .8rem; margin-top: .4rem; border-radius: .2rem; }
.actions svg.bar { display: inline-block; margin-top: 0; }
.ground { fill: var(--ground); } .agree { fill: var(--agree); } .pass { fill: var(--pass); }
.disagree { fill: var(--disagree); } .plain { fill: var(--accent); } .planned { fill: var(--pass); }
.extended { fill: none; stroke: var(--faint); stroke-dasharray: 3 2; } .over { fill: var(--disagree); }
.rule { stroke: var(--line); } .tick { fill: var(--faint); font-size: 12px; }
.dots { fill: none; stroke-width: 7; stroke-linecap: round; stroke-opacity: .75; }
.hull { fill-opacity: .1; stroke-width: 1.5; stroke-opacity: .7; }
.label { font-size: 17px; font-weight: 700; paint-order: stroke; stroke: var(--sheet) !important; stroke-width: 4px; }
.g0 { --c: var(--g0); } .g1 { --c: var(--g1); } .g2 { --c: var(--g2); } .g3 { --c: var(--g3); }
.g4 { --c: var(--g4); } .g9 { --c: var(--g9); }
.dots, .hull { stroke: var(--c); } .hull, .label { fill: var(--c); } .swatch { background: var(--c); }
@media (max-width: 36rem) { nav ul { columns: 1; } .votes td:has(svg) { width: 22%; min-width: 3rem; } }
@media (max-width: 30rem) { table { font-size: .85rem; } th, td { padding-inline-end: .35rem; overflow-wrap: anywhere; } .votes td { white-space: normal; overflow-wrap: normal; } .votes td i { display: block; } .votes td:has(svg) { min-width: 1.5rem; } }
@media print {
  :root { --page: #fff; color-scheme: light; }
  body { font-size: 10pt; }
  header, main, footer { max-width: none; padding: 0; border: 0; }
  .statement, .group, figure, tr, h2, h3, .support { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  svg, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_STYLE_H_
