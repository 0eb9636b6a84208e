-- What the page of a study under way has beside the style of a report (page_style.lua).
return [[
[hidden] { display: none; }
.state, .trouble, .file { max-width: none; }
.state { font-size: 1.15rem; padding: .7rem 1rem; background: var(--mark); border-left: 5px solid var(--link); border-radius: 4px; }
.state.stopped, .state.silent, .trouble { border-left-color: #c2410c; }
.trouble { padding: .7rem 1rem; background: var(--mark); border-left: 5px solid #c2410c; border-radius: 4px; }
.bar { display: block; width: 100%; height: .9rem; border-radius: 4px; background: var(--line); margin: 0 0 1rem; }
.bar .done { fill: #1a7f4b; }
.bar .pruned { fill: #8a8f98; }
.bar .lost { fill: #c2410c; }
.bar .running { fill: #3b82c4; }
.curves {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem 1.2rem;
  padding: 0; margin: 0 0 1.5rem; list-style: none;
}
.curves li { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem; font-size: .85rem; }
.curves svg { display: block; width: 100%; height: 3.4rem; margin: .3rem 0; }
.curves path { fill: none; stroke: var(--link); stroke-width: 2; vector-effect: non-scaling-stroke; }
.curves .none { height: 3.4rem; margin: .3rem 0; color: var(--faint); display: flex; align-items: center; }
p.faint { font-size: .9rem; margin: 0 0 .4rem; }
.table th, .table td { white-space: nowrap; }
.table td.long { white-space: normal; min-width: 13rem; }
.faint { color: var(--faint); }
.leads, .leads th { font-weight: 650; }
main h2 { border-top: 0; margin-top: 1.5rem; padding-top: 0; }
main section + section > h2, .file + section > h2 { margin-top: 2.5rem; }
.file { color: var(--faint); font-size: .9rem; margin: 2.5rem 0 0; border-top: 3px solid var(--line); padding-top: 1rem; }
.changed { animation: changed 2.5s ease-out; }
@keyframes changed { from { background: #f7d774; color: #1c2128; } }
@media (prefers-reduced-motion: reduce) { .changed { animation: none; } }
@media (max-width: 40rem) {
  .facts { grid-template-columns: fit-content(10rem) minmax(0, 1fr); gap: .15rem .9rem; }
  .facts dd { margin: 0; }
  th, td { padding: .3rem .45rem; }
}
]]
