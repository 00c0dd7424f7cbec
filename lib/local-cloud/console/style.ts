/** What Pico leaves to say for dense tables, states and phones. */
export const STYLE = `
:root { --pico-font-size: 87.5%; --pico-spacing: .8rem; --pico-typography-spacing-vertical: .8rem; --ok: #1a6b30; --bad: #b3261e; --busy: #7a4b00 }
@media (prefers-color-scheme: dark) { :root { --ok: #6fd388; --bad: #ff9a90; --busy: #f0c060 } }
body > header, body > main, body > footer { max-width: 100rem; padding: .6rem .8rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 1.6rem } h3 { font-size: 1.05rem }
.skip { position: absolute; left: -100rem } .skip:focus { left: 1rem; top: .5rem; z-index: 1; background: var(--pico-background-color) }
.account { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; margin-bottom: .4rem }
nav ul:first-of-type { flex-wrap: wrap; margin: 0; padding: 0 } nav li { padding: .1rem .9rem .1rem 0 } nav li a { padding: .3rem 0; margin: 0 }
nav a[aria-current] { font-weight: bold; text-decoration: underline }
nav small { color: var(--pico-color) }
form { display: flex; gap: .5rem; margin: .4rem 0 } form input { margin: 0; min-width: 0; flex: 1 } form button { margin: 0; width: auto; flex: none }
form select { margin: 0; width: auto }
.scroll { overflow-x: auto; margin-bottom: .8rem } table { margin-bottom: .5rem } th, td { vertical-align: top; padding: .35rem .8rem .35rem 0 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
td { overflow-wrap: break-word; max-width: 40rem } td:not(.number) { min-width: 7rem } td:first-child { min-width: 11rem } td time { white-space: nowrap }
code, pre { overflow-wrap: anywhere; white-space: pre-wrap; margin: 0; font-size: .85rem } pre { max-height: 20rem; overflow-y: auto }
@media print { nav, form, .skip { display: none } .scroll { overflow: visible } pre { max-height: none } }
details { margin: 0 } details summary { font-size: .95rem }
.ok { color: var(--ok) } .bad { color: var(--bad) } .busy { color: var(--busy) } .ok, .bad, .busy { font-weight: 600; white-space: nowrap }
dl.counts { display: flex; flex-wrap: wrap; gap: .8rem 2rem } dl.counts dt { font-size: .9rem } dl.counts dd { font-size: 1.6rem; margin: 0 }
ol.events { padding: 0; list-style: none } ol.events li { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .3rem 0; border-bottom: 1px solid var(--pico-table-border-color) }
ol.events li > span { min-width: 8rem } ol.events li > span:last-child { overflow-wrap: anywhere; min-width: 0; flex: 1 1 20rem }
`;
