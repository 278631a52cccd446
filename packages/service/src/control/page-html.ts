/** The two pages, `/control` and `/try`. */
export type PageName = 'control' | 'try'

const titles = { control: 'Your recommendations', try: 'Try the veil' } as const

/**
 * A page as text: markup only, its scripts and style are files of their own, as the security policy demands. Addresses are
 * relative, so that the service may live below a path of another site.
 */
export function pageHtml(name: PageName): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${titles[name]}</title>
<link rel="icon" href="control/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="control/pages.css">
<script type="module" src="control/${name}-page.js"></script>
</head>
<body>
<header>
<a class="brand" href="control"><img src="control/icon.svg" alt="" width="28" height="28">Veilrec</a>
<nav aria-label="Pages">${navigation(name)}</nav>
</header>
<main>
${name === 'control' ? controlMain : tryMain}
<noscript><p class="warning">This page needs JavaScript. Without it, ask the site to send your choice with each request.</p></noscript>
</main>
</body>
</html>
`
}

function navigation(current: PageName): string {
  const link = (name: PageName, words: string): string =>
    `<a href="${name}"${name === current ? ' aria-current="page"' : ''}>${words}</a>`
  return `${link('control', 'Your choice')}${link('try', 'Try the veil')}`
}

const controlMain = `<h1>Your recommendations</h1>
<veilrec-control endpoint="./"></veilrec-control>
<section aria-labelledby="sent">
<h2 id="sent">What a site sends for you</h2>
<p>The control above keeps nothing. This page remembers your choice in this tab only; a site that embeds the control keeps it
for you and sends this with every request for recommendations. It names what to hide and never says what you are.</p>
<pre id="request"></pre>
<p><a href="try">See what it changes in a list</a></p>
</section>`

const tryMain = `<h1>Try the veil</h1>
<p class="lead">One history, and the lists that the recommender makes of it: with nothing hidden, with each attribute hidden, and
without a profile. Nothing that you choose here is kept.</p>
<form>
<fieldset>
<legend>A history</legend>
<p class="note" id="starters-hint">Pick a few, in the order in which somebody might have had them.</p>
<ul id="starters" aria-describedby="starters-hint"></ul>
<label for="ids">Other items by their ids, the oldest first, separated by commas</label>
<input id="ids" autocomplete="off" spellcheck="false">
</fieldset>
<p id="history"></p>
<button id="submit">Show the lists</button>
</form>
<p id="status" role="status"></p>
<h2>Lists</h2>
<div id="lists"></div>`
