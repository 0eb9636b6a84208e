-- The style sheet of a report: light and dark by the reader's setting, narrow and wide screens, paper.
return [[
:root {
  --paper: #ffffff; --ink: #1c2128; --faint: #56606b; --line: #d5dbe1; --code: #f5f7f9; --link: #0b57a8; --mark: #e3eefb;
  --mono: ui-monospace, "SF Mono", "Liberation Mono", "DejaVu Sans Mono", Consolas, monospace;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161b; --ink: #e3e7eb; --faint: #a0abb6; --line: #303943; --code: #1a2027; --link: #82b8f5; --mark: #22354b; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 78rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif;
}
a { color: var(--link); text-underline-offset: .24em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -99rem; padding: .5rem 1rem; background: var(--paper); }
.skip:focus { left: .5rem; top: .5rem; }
.made, footer { color: var(--faint); font-size: .85rem; }
h1, h2, h3, h4 { line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
h1 { font-size: 2rem; margin: .5rem 0 1rem; }
h2 { font-size: 1.5rem; margin: 3rem 0 .5rem; border-top: 3px solid var(--line); padding-top: 1.2rem; }
h3 { font-size: 1.2rem; margin: 2.2rem 0 .8rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
h4 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p, dl, dd, li { overflow-wrap: anywhere; }
p, dl { max-width: 56rem; }
.question { font-size: 1.15rem; color: var(--faint); }
.lead {
  font-size: 1.15rem; padding: .8rem 1.1rem; background: var(--mark); border-left: 5px solid var(--link); border-radius: 4px;
}
nav ul { list-style: none; margin: 0 0 .6rem; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
nav ul ul { margin-left: 1rem; font-size: .92rem; }
dl { display: grid; grid-template-columns: fit-content(14rem) minmax(0, 1fr); gap: .25rem 1.2rem; }
dt { color: var(--faint); }
dd { margin: 0; }
.table { overflow-x: auto; margin: 0 0 1.2rem; }
table { border-collapse: collapse; width: max-content; max-width: none; font-size: .9rem; font-variant-numeric: tabular-nums; }
.caption { color: var(--faint); font-size: .92rem; margin: 1.4rem 0 .4rem; }
th, td { padding: .3rem .55rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td { max-width: 30rem; overflow-wrap: anywhere; }
tbody th { font-weight: 400; position: sticky; left: 0; background: var(--paper); }
thead th { white-space: nowrap; }
thead th { background: var(--code); border-bottom: 2px solid var(--faint); vertical-align: bottom; font-weight: 600; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
th button::after { content: " \2195"; color: var(--faint); }
th[aria-sort="ascending"] button::after { content: " \2191"; color: var(--link); }
th[aria-sort="descending"] button::after { content: " \2193"; color: var(--link); }
.number { text-align: right; white-space: nowrap; }
td.key, td code { font-family: var(--mono); white-space: nowrap; max-width: none; }
tbody tr:hover, tbody tr:hover th { background: var(--mark); }
.tools { display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: center; margin: 0 0 .5rem; color: var(--faint); }
.tools :is(input, button) {
  font: inherit; padding: .25rem .6rem; color: var(--ink); border: 1px solid var(--faint); border-radius: 5px;
}
.tools input { background: var(--paper); }
.tools button { background: var(--code); cursor: pointer; }
.tools button:disabled { color: var(--faint); cursor: default; }
figure { margin: 0 0 2rem; }
.drawing { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: .4rem; overflow-x: auto; }
.drawing svg { display: block; width: 100%; height: auto; min-width: 34rem; max-width: 75rem; }
.values circle { cursor: help; }
.values circle:hover { fill: #0b57a8; fill-opacity: .25; stroke: #0b57a8; stroke-width: 2; }
figcaption { color: var(--faint); font-size: .9rem; margin-top: .3rem; max-width: 56rem; }
code { font-family: var(--mono); font-size: .9em; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; overflow-x: auto; }
summary { cursor: pointer; color: var(--link); margin-bottom: .5rem; }
@media (max-width: 40rem) {
  body { padding: 0 .8rem 2rem; }
  h1 { font-size: 1.6rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin: 0 0 .5rem; }
}
@media print {
  :root { --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #bbbbbb; --code: #ffffff; --link: #000000; --mark: #ffffff; }
  body { max-width: none; font-size: 10pt; }
  nav, .tools, .skip, .trials, noscript { display: none; }
  .table, .drawing, pre { overflow: visible; }
  table { width: auto; max-width: 100%; font-size: 7.5pt; }
  th, td { padding-left: .2rem; padding-right: .2rem; }
  th, thead th, th button, td, .number, td.key, td code { white-space: normal; }
  td.key, td code { overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 7.5pt; }
  .drawing svg { min-width: 0; }
  figure, tr, .lead { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  th button::after { content: ""; }
}
]]
