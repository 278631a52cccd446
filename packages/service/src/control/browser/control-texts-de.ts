import type { ControlTexts } from './control-texts.js'

/** The words of the control in German. */
export const germanTexts: ControlTexts = {
  heading: 'Worauf dürfen Ihre Empfehlungen beruhen?',
  listLegend: 'Wie Ihre Liste entsteht',
  notProfiled: 'Ohne Profil',
  notProfiledMeaning: 'Für alle, die das wählen, dieselbe Liste. Nichts über Sie wird dafür verwendet.',
  profiled: 'Mit Profil',
  profiledMeaning: 'Eine Liste für Sie, aus dem, was Sie hier bisher ausgewählt haben.',
  attributesLegend: 'Was Ihr Profil über Sie verraten darf',
  attributesMeaning:
    'Dies lässt sich oft daran erkennen, was jemand ausgewählt hat. Bei jedem bestimmen Sie, ob es den Empfehlungen verborgen wird.',
  hidden: 'Verborgen',
  notHidden: 'Nicht verborgen',
  unknownAttribute: 'Dieser Dienst kennt es nicht und lehnt Anfragen ab, die es verbergen.',
  loading: 'Der Dienst wird gefragt, was er verbergen kann …',
  failed: 'Der Dienst hat nicht gesagt, was er verbergen kann. Ihre Wahl bleibt, wie sie hier steht.',
  retry: 'Noch einmal fragen',
  unreachable: 'Er ist nicht erreichbar.',
  slow: 'Er hat nicht rechtzeitig geantwortet.',
  refused: 'Er antwortete: „{detail}“.',
  unexpected: 'Seine Antwort war nicht zu verstehen ({detail}).',
  nowLabel: 'Jetzt gewählt:',
  nowNotProfiled: 'ohne Profil.',
  nowNothingHidden: 'mit Profil, nichts verborgen.',
  nowHidden: 'mit Profil, verborgen: {attributes}.',
  keptForLater:
    'Ohne Profil gibt es nichts zu verbergen. Wählen Sie ein Profil, wird verborgen: {attributes}.',
  nothingHiddenMeaning: 'Es gibt keinen Schleier: Ihr Profil kann alles davon verraten.',
  notOffered:
    'Diese Zusammenstellung bietet der Dienst nicht an. Übergangen wird Ihre Wahl nicht: Er verbirgt mehr als verlangt, antwortet ohne Profil oder lehnt ab.',
  notAudited:
    'Niemand hat gemessen, was bei dieser Zusammenstellung noch zu erkennen ist. Verlassen Sie sich nicht darauf.',
  noFigure:
    'Für diese Zusammenstellung hat die Prüfung keine gültige Zahl. Verlassen Sie sich nicht darauf, dass sie verbirgt.',
  stillTold: 'Ein Angreifer kann noch besser als durch Raten erkennen: {attribute}.',
  stillToldOfSeveral: 'Ein Angreifer kann mindestens eines davon noch besser als durch Raten erkennen.',
  undecided:
    'Die Prüfung konnte nicht entscheiden, ob ein Angreifer es noch besser als durch Raten erkennen kann: {attribute}.',
  undecidedOfSeveral:
    'Die Prüfung konnte nicht entscheiden, ob ein Angreifer eines davon noch besser als durch Raten erkennen kann.',
  atChance: 'Die Prüfung fand keinen Angreifer, der es merklich besser als durch Raten erkennt: {attribute}.',
  atChanceOfSeveral:
    'Die Prüfung fand keinen Angreifer, der eines davon merklich besser als durch Raten erkennt.',
  cases:
    'Bei zwei Menschen, die sich darin unterscheiden, lag der beste Angreifer in {of100} von 100 Fällen richtig ({from} bis {to}); Raten trifft in 50.',
  casesOfSeveral:
    'Bei zwei Menschen, die sich in dem unterscheiden, was am besten zu erkennen ist, lag der beste Angreifer in {of100} von 100 Fällen richtig ({from} bis {to}); Raten trifft in 50.',
  figure: 'Gemessen durch Angriff: AUC {auc} [{lower}; {upper}], ein 95-%-Intervall.',
  quickAudit: 'Geprüft wurde nur kurz; eine volle Prüfung findet vielleicht mehr.',
  lessAccurate: 'Im Mittel passen Listen {percent} schlechter als ohne Schleier ({from} bis {to}).',
  moreAccurate: 'Im Mittel passen Listen {percent} besser als ohne Schleier ({from} bis {to}).',
  promiseHeading: 'Was Verbergen verspricht und was nicht',
  promises: [
    'Womit der Dienst rechnet, soll so wenig wie möglich über das Verborgene verraten. Das wird durch Angriff gemessen; sicher ist es nicht.',
    'Ihre Auswahl wird weiter verwendet. Wer sie oder Ihre Liste sieht, errät es vielleicht trotzdem.',
    'Es macht Sie nicht anonym, und es verspricht keine ebenso gute Liste.',
    'Nur „Ohne Profil“ verwendet nichts über Sie.',
  ],
  parameters: 'Woraus diese Empfehlungen gemacht werden (Hauptparameter)',
  attributes: {},
}
