export { axeViolations } from './axe-violations.js'
export { hasChromium, launchChromium } from './chromium.js'
export { watchedPage, type WatchedPage } from './watched-page.js'
