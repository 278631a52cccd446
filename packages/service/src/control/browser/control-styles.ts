/**
 * The style of the control, for a constructable style sheet.
 *
 * Both options of a choice are drawn alike, and what is chosen in one colour whichever it is, so that no option looks like
 * the right one. Colours follow the `color-scheme` of the page; a page may set the custom properties `--veilrec-*`.
 */
export const controlStyles = `
:host {
  --ink: var(--veilrec-ink, light-dark(#1b1f2a, #eceef4));
  --quiet: var(--veilrec-quiet, light-dark(#535a6b, #adb4c6));
  --surface: var(--veilrec-surface, light-dark(#ffffff, #171a22));
  --raised: var(--veilrec-raised, light-dark(#f5f6fa, #20242f));
  --line: var(--veilrec-line, light-dark(#7c8496, #7f879b));
  --hairline: var(--veilrec-hairline, light-dark(#dfe2ea, #333947));
  --chosen: var(--veilrec-chosen, light-dark(#3d3a9e, #b9b6ff));
  --chosen-surface: var(--veilrec-chosen-surface, light-dark(#eeedfb, #292a46));
  display: block;
  container-type: inline-size;
  color: var(--ink);
  font: var(--veilrec-font, 1rem / 1.5 system-ui, sans-serif);
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
h2, h3, p, ul, fieldset, legend { margin: 0; padding: 0; }
.control {
  display: grid;
  gap: 1.75rem;
  padding: 1.5rem;
  background: var(--surface);
  border: 1px solid var(--hairline);
  border-radius: 1rem;
}
h2 { font-size: 1.375rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
fieldset { border: 0; min-width: 0; }
legend, h3 { font-size: 1rem; font-weight: 650; }
.hint { color: var(--quiet); font-size: 0.9375rem; max-width: 62ch; margin-top: 0.125rem; }

.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0.625rem; }
fieldset > .pair, fieldset > .rows { margin-top: 0.75rem; }
.option {
  position: relative;
  display: grid;
  grid-template-columns: auto 1fr;
  column-gap: 0.625rem;
  align-items: center;
  min-height: 2.75rem;
  padding: 0.5rem 0.875rem;
  border: 1px solid var(--line);
  border-radius: 0.625rem;
  background: var(--surface);
  cursor: pointer;
}
.option.large { align-content: start; padding: 0.875rem; }
.option.large .name { font-weight: 600; }
.option small { grid-column: 2; color: var(--quiet); font-size: 0.9375rem; line-height: 1.4; }
.option:hover { background: var(--raised); }
.option:has(:checked) {
  border-color: var(--chosen);
  background: var(--chosen-surface);
  box-shadow: inset 0 0 0 1px var(--chosen);
}
.option:has(:checked) small { color: inherit; }
input { accent-color: var(--chosen); width: 1.125rem; height: 1.125rem; margin: 0; cursor: inherit; }
.option:has(:focus-visible), button:focus-visible, a:focus-visible {
  outline: 3px solid var(--chosen);
  outline-offset: 2px;
}
.option input:focus-visible { outline: none; }

.row {
  display: grid;
  grid-template-columns: minmax(6rem, 1fr) minmax(0, 2.2fr);
  gap: 0.375rem 1rem;
  align-items: center;
  padding: 0.625rem 0;
  border-top: 1px solid var(--hairline);
}
.row:last-child { border-bottom: 1px solid var(--hairline); }
.attribute { font-weight: 550; overflow-wrap: anywhere; }
.attribute::first-letter { text-transform: uppercase; }
.row .hint { grid-column: 1 / -1; }

.now { padding: 1rem 1.125rem; border-radius: 0.625rem; background: var(--raised); display: grid; gap: 0.625rem; }
.now p { max-width: 68ch; }
.now strong { font-weight: 650; }
.failure { border-inline-start: 4px solid var(--chosen); padding-inline-start: 0.75rem; overflow-wrap: anywhere; }
.failure:empty, .meaning:empty { display: none; }
.meaning { display: grid; gap: 0.625rem; }

ul { padding-inline-start: 1.125rem; margin-top: 0.375rem; max-width: 68ch; font-size: 0.9375rem; color: var(--quiet); }
li + li { margin-top: 0.25rem; }
a { margin-top: 0.5rem; display: inline-flex; align-items: center; min-height: 2.75rem; color: var(--chosen); text-underline-offset: 0.2em; }
button {
  justify-self: start;
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  border: 1px solid var(--line);
  border-radius: 0.625rem;
  background: var(--surface);
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:hover { background: var(--raised); }
[hidden] { display: none !important; }

@container (max-width: 34rem) {
  .control { padding: 1.125rem; gap: 1.5rem; }
  .row { grid-template-columns: 1fr; }
}
@container (max-width: 25rem) {
  fieldset > .pair { grid-template-columns: 1fr; }
}
@media (prefers-reduced-motion: no-preference) {
  .option, button { transition: background-color 120ms ease-out, border-color 120ms ease-out; }
}
@media (forced-colors: active) {
  .option:has(:checked) { border: 2px solid Highlight; box-shadow: none; }
  .option:has(:focus-visible), button:focus-visible, a:focus-visible { outline-color: Highlight; }
  .now, .control { border: 1px solid CanvasText; }
}
`
