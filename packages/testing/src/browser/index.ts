export { axeViolations } from './axe-violations.js'
export { hasChromium, launchChromium } from './chromium.js'
export { smallTargets } from './small-targets.js'
export { watchedPage, type WatchedPage } from './watched-page.js'
