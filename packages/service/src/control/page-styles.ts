/** The style of the two pages, and the colours that they hand to the control. */
export const pageStyles = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f2a, #eceef4);
  --quiet: light-dark(#535a6b, #adb4c6);
  --page: light-dark(#f4f5f9, #0f1117);
  --surface: light-dark(#ffffff, #171a22);
  --raised: light-dark(#f5f6fa, #20242f);
  --line: light-dark(#7c8496, #7f879b);
  --hairline: light-dark(#dfe2ea, #333947);
  --chosen: light-dark(#3d3a9e, #b9b6ff);
  --chosen-surface: light-dark(#eeedfb, #292a46);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem / 1.5 system-ui, sans-serif; }
header, main { width: min(100% - 2rem, 46rem); margin-inline: auto; }
body:has(#lists) :is(header, main) { width: min(100% - 2rem, 72rem); }
header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 0.5rem; padding-block: 0.75rem; }
main { padding-bottom: 4rem; }
h1 { font-size: clamp(1.625rem, 5vw, 2.125rem); line-height: 1.15; letter-spacing: -0.02em; margin: 1.25rem 0 1rem; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
h3::first-letter { text-transform: uppercase; }
p { max-width: 68ch; margin: 0.5rem 0; }
a { color: var(--chosen); text-underline-offset: 0.2em; }
header a, main section > p > a { display: inline-flex; align-items: center; min-height: 2.75rem; }
.brand { gap: 0.5rem; color: inherit; font-weight: 650; text-decoration: none; }
nav { display: flex; gap: 0.25rem; }
nav a { padding-inline: 0.625rem; border-radius: 0.5rem; color: inherit; text-decoration: none; }
nav a:hover { text-decoration: underline; }
nav a[aria-current] { background: var(--chosen-surface); color: var(--chosen); font-weight: 600; }
:focus-visible { outline: 3px solid var(--chosen); outline-offset: 2px; }
pre { margin: 0.75rem 0; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--surface); border: 1px solid var(--hairline); border-radius: 0.625rem; font: 0.875rem / 1.5 ui-monospace, monospace; }

.lead { color: var(--quiet); }
fieldset { margin: 1.5rem 0 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; font-size: 1.25rem; font-weight: 650; }
.note { color: var(--quiet); font-size: 0.9375rem; }
.warning { padding: 0.5rem 0.75rem; border-inline-start: 4px solid currentColor; background: var(--raised); overflow-wrap: anywhere; }
#starters { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.75rem 0 1.25rem; padding: 0; list-style: none; }
button, input { min-height: 2.75rem; border: 1px solid var(--line); border-radius: 0.625rem; background: var(--surface); color: inherit; font: inherit; }
button { padding: 0.375rem 0.875rem; cursor: pointer; overflow-wrap: anywhere; text-align: start; }
button:hover { background: var(--raised); }
.chip::before { content: '+'; display: inline-block; width: 1.125rem; font-weight: 650; }
.chip[aria-pressed='true'] { border-color: var(--chosen); background: var(--chosen-surface); box-shadow: inset 0 0 0 1px var(--chosen); }
.chip[aria-pressed='true']::before { content: '✓'; }
label { display: block; font-weight: 550; }
input { width: min(100%, 36rem); margin-top: 0.375rem; padding: 0.375rem 0.75rem; }
#submit { padding-inline: 1.25rem; border-color: var(--chosen); background: var(--chosen); color: light-dark(#ffffff, #171a22); font-weight: 600; }
#submit:hover { filter: brightness(1.1); }
#status:empty { display: none; }
#lists:empty::before { content: 'None yet.'; color: var(--quiet); }
#lists { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; align-items: start; }
.list { padding: 1.125rem; background: var(--surface); border: 1px solid var(--hairline); border-radius: 1rem; min-width: 0; }
.list ol { margin: 0.75rem 0; padding-inline-start: 1.75rem; }
.list li { padding: 0.1875rem 0 0.1875rem 0.25rem; overflow-wrap: anywhere; }
.list li::marker { color: var(--quiet); font-variant-numeric: tabular-nums; }
.tag { display: inline-block; padding: 0 0.4375rem; border: 1px solid var(--chosen); border-radius: 1rem; color: var(--chosen); font-size: 0.8125rem; line-height: 1.35; white-space: nowrap; }
summary { min-height: 2.75rem; display: flex; align-items: center; gap: 0.5rem; cursor: pointer; font-size: 0.9375rem; }
summary::before { content: '▸'; }
[open] > summary::before { content: '▾'; }
@media (prefers-reduced-motion: no-preference) {
  button { transition: background-color 120ms ease-out, border-color 120ms ease-out; }
}
@media (forced-colors: active) {
  .chip[aria-pressed='true'] { border: 2px solid Highlight; }
  nav a[aria-current] { border: 1px solid Highlight; }
}
`
