/**
 * The style sheet of a report, for screens of any width and for paper.
 *
 * It holds none of the characters `&`, `<` and `>`, which {@link renderMarkup} would escape.
 */
export const reportStyle = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: anywhere; background: #fff; color: #1c1c22; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
main, header, footer { max-width: 1064px; margin: 0 auto; padding: 0 32px; }
header { padding-top: 40px; }
header .note { margin-top: 20px; font-size: 15px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 24px; line-height: 1.25; margin: 56px 0 4px; padding-top: 20px; border-top: 3px solid #1c1c22; }
h3 { font-size: 18px; line-height: 1.3; margin: 40px 0 8px; }
h4 { font-size: 15px; margin: 16px 0 4px; }
p { margin: 8px 0; max-width: 76ch; }
a { color: #0b4f8a; }
.subtitle { color: #55555f; margin: 0; max-width: none; }
.finding { font-size: 18px; line-height: 1.5; margin: 22px 0 0; padding-left: 18px; border-left: 5px solid #0063a5; max-width: none; }
.finding p { margin: 0; max-width: none; }
.finding ul { font-size: 16px; margin: 6px 0 0; }
.finding li { max-width: none; }
.finding strong { display: block; font-size: 14px; font-weight: 600; color: #55555f; }
.note, .warning { padding: 10px 16px; border-radius: 4px; background: #eef3f8; max-width: none; }
.warning { background: #fdf0e4; border-left: 5px solid #b54a00; }
.warning ul { margin: 0; }
nav { margin: 28px 0 0; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 22px; }
ul { padding-left: 20px; margin: 8px 0; }
li { margin: 3px 0; max-width: 84ch; }
.legend, figcaption { font-size: 14px; color: #45454f; }
.legend { padding-left: 18px; }
.verdicts { font-size: 15px; list-style: none; padding-left: 0; }
figure { margin: 0; }
figcaption { margin: 10px 0 14px; max-width: 92ch; }
svg { display: block; width: 100%; height: auto; }
.wide svg { max-width: 1000px; }
.narrow { display: none; }
.narrow svg { max-width: 460px; }
.scroll { overflow-x: auto; margin: 10px 0 18px; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 3px solid #0063a5; outline-offset: 2px; }
table { border-collapse: collapse; font-size: 14px; line-height: 1.4; font-variant-numeric: tabular-nums; min-width: 50%; }
caption { text-align: left; font-weight: 600; padding-bottom: 6px; }
.titled { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; font-weight: 400; padding: 4px 18px 4px 0; border-bottom: 1px solid #e3e3e8; overflow-wrap: break-word; }
.long { overflow-wrap: anywhere; }
small { display: block; font-size: 12px; color: #55555f; }
.figures td { white-space: nowrap; }
.figures th[scope=row] { min-width: 9em; }
th:last-child, td:last-child { padding-right: 0; }
thead th, thead td { font-weight: 600; vertical-align: bottom; border-bottom: 2px solid #1c1c22; }
.group th { font-weight: 600; padding-top: 12px; border-bottom-color: #6f6f79; }
tbody + tbody tr:first-child th, tbody + tbody tr:first-child td { padding-top: 12px; }
details { margin: 6px 0 10px; }
summary { cursor: pointer; font-size: 14px; font-weight: 600; padding: 4px 0; width: fit-content; }
.verdict { white-space: nowrap; padding: 1px 7px; border-radius: 9px; border: 1px solid #6f6f79; background: #fff; }
.verdict.can-be-told { background: #1c1c22; color: #fff; border-color: #1c1c22; }
.verdict.not-measured { border-style: dashed; white-space: normal; }
.verdict.at-chance { background: #eef3f8; }
code { font: 0.92em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: #f2f2f5; padding: 1px 5px; border-radius: 3px; overflow-wrap: anywhere; }
footer { margin-top: 56px; padding-top: 16px; padding-bottom: 48px; color: #55555f; font-size: 14px; }
@media (max-width: 719px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 25px; }
  h2 { font-size: 21px; margin-top: 44px; }
  .finding { font-size: 17px; padding-left: 13px; }
  .wide { display: none; }
  .narrow { display: block; }
  th, td { padding-right: 14px; }
}
@media print {
  @page { size: A4; margin: 14mm 13mm; }
  body { font-size: 10pt; line-height: 1.4; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  header { padding-top: 0; }
  nav { display: none; }
  h1 { font-size: 20pt; }
  h2 { font-size: 15pt; margin-top: 24pt; }
  h3 { font-size: 12pt; margin-top: 18pt; }
  .finding { font-size: 11.5pt; }
  .wide { display: block; }
  .narrow { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: 2px 8px 2px 0; }
  small { font-size: 7pt; }
  .legend, figcaption, summary { font-size: 8.5pt; }
  .verdicts { font-size: 9pt; }
  h2, h3, h4, summary, caption, .group { break-after: avoid; }
  svg, tr, .finding, .note, .warning { break-inside: avoid; }
  thead { display: table-header-group; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
  a { color: inherit; text-decoration: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
