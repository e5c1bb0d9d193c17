/*
 * `PAGE_STYLE`: the one style sheet of every page: light, dark, narrow, printed. No fonts, no images, nothing to load. Everything on a page is
 * readable without it.
 */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f6f8fa; --line: #d5dae0; --text: #1f2933; --soft: #5c6975;
  --ink: #1f2933; --muted: #66727e; --blue: #1a66d9; --teal: #087f78; --violet: #6f42c1; --amber: #9a5b00; --red: #cf222e; --green: #1a7f37;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2029; --line: #323b47; --text: #e4e9ef; --soft: #a3afbc;
    --ink: #e4e9ef; --muted: #93a0ae; --blue: #6ea8fe; --teal: #3cc4b9; --violet: #b79bff; --amber: #e3a84a; --red: #ff7b72; --green: #57c878;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; color: var(--text); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 28px 28px 72px; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .4rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .5rem 0; max-width: 75ch; }
ul, ol { padding-left: 1.3rem; margin: .5rem 0; }
li { margin: .2rem 0; }
a { color: var(--blue); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: .87em; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; margin: .6rem 0; line-height: 1.5; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
.soft { color: var(--soft); }
.red { color: var(--red); } .amber { color: var(--amber); } .green { color: var(--green); } .blue { color: var(--blue); } .muted { color: var(--soft); }

.verdict { margin: 0 0 .2rem; letter-spacing: .06em; }
.verdict strong { border: 2px solid; border-radius: 6px; padding: .15rem .6rem; font-size: 1rem; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 1.2rem 0; }
.tiles div { flex: 1 1 138px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; }
.tiles dt { color: var(--soft); font-size: .84em; } .tiles dd { margin: .1rem 0 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.why { border-left: 3px solid; padding: .1rem 0 .1rem 1rem; margin: 1rem 0; } .why > * { color: var(--text); }
.blame { border-left: 3px solid var(--line); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; padding: .8rem 0 0; margin: 1.6rem 0 0; border-top: 1px solid var(--line); font-size: .92em; }
nav li { margin: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px; padding: .8rem 1rem; margin: .9rem 0; color: var(--text); break-inside: avoid; }
.card.red { border-left-color: var(--red); } .card.amber { border-left-color: var(--amber); } .card.blue { border-left-color: var(--blue); }
.card h3 { margin: 0; } .card pre { background: var(--page); }
.tree { margin: .9rem 0; } .tree > ul { border-left: 2px solid var(--line); list-style: none; padding-left: 1rem; }

.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92em; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: .2rem 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th { font-weight: 600; } thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; }
td code, th code { overflow-wrap: anywhere; white-space: pre-wrap; } td .long { display: inline-block; min-width: 15rem; }
.number { text-align: right; white-space: nowrap; }
.more { color: var(--soft); } .mark { white-space: nowrap; }

details { border: 1px solid var(--line); border-radius: 6px; padding: 0 .9rem; margin: .6rem 0; }
details[open] { padding-bottom: .6rem; }
summary { cursor: pointer; padding: .55rem 0; font-weight: 500; }

.chart { margin: 1rem 0; break-inside: avoid; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; align-items: baseline; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; margin: 0; padding: 0; font-weight: 400; font-size: .87em; color: var(--soft); }
.legend li { margin: 0; } .legend svg { vertical-align: middle; }
.drawing { display: block; width: 100%; height: auto; }
.drawing .label { fill: var(--muted); } .drawing .grid { stroke: var(--line); } .drawing .axis { stroke: var(--muted); }
.drawing .in-bar { fill: var(--page); pointer-events: none; } .drawing [hidden] { display: none; }
.stroke.ink { stroke: var(--ink); } .stroke.muted { stroke: var(--muted); } .stroke.blue { stroke: var(--blue); } .stroke.teal { stroke: var(--teal); }
.stroke.violet { stroke: var(--violet); } .stroke.amber { stroke: var(--amber); } .stroke.red { stroke: var(--red); }
.fill.ink, .text.ink { fill: var(--ink); } .fill.muted, .text.muted { fill: var(--muted); } .fill.blue, .text.blue { fill: var(--blue); }
.fill.teal, .text.teal { fill: var(--teal); } .fill.violet, .text.violet { fill: var(--violet); } .fill.amber, .text.amber { fill: var(--amber); }
.fill.red, .text.red { fill: var(--red); }

.toolbar { position: sticky; top: 0; z-index: 1; background: var(--page); display: flex; flex-wrap: wrap; align-items: center; gap: 4px; padding: .4rem 0; border-bottom: 1px solid var(--line); }
.toolbar button { font: inherit; font-size: .87em; min-width: 2.2em; min-height: 2.2em; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
.readout { flex: 1 1 300px; min-height: 2.9em; display: flex; align-items: center; margin-left: .5rem; font-size: .84em; line-height: 1.45; color: var(--soft); font-variant-numeric: tabular-nums; }
[data-readings] .drawing { touch-action: pan-y; user-select: none; -webkit-user-select: none; cursor: crosshair; } .drawing:focus:not(:focus-visible) { outline: none; }
.cursor { fill: var(--ink); opacity: .55; pointer-events: none; } .marked { fill: var(--blue); opacity: .2; pointer-events: none; }

@media (max-width: 640px) {
  main { padding: 16px 16px 48px; }
  .tiles dd { font-size: 1.05rem; }
  .wide { display: none; } .narrow { display: block; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --line: #bbb; --text: #000; --soft: #444; --ink: #000; --muted: #555; --blue: #0b4fb3; --teal: #06655f; --violet: #52309a; --amber: #7a4800; --red: #a40e26; --green: #116329; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; } tr, .chart { break-inside: avoid; }
  .toolbar, nav { display: none; } .printed::details-content { content-visibility: visible; }
  .scroll { overflow: visible; } pre { white-space: pre-wrap; }
}
`;
