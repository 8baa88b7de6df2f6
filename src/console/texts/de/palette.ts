import type * as en from '../en/palette.ts';

export const palette: typeof en.palette = {
  title: 'Gehe zu',
  open: 'Gehe zu …',
  query: 'Wohin?',
  hint: 'Eine Seite, eine Sammlung, die E-Mail eines Kontos, die ID eines Datensatzes',
  search: 'Suchen',
  results: 'Treffer',
  found: (count) => (count === 1 ? '1 Treffer' : `${count} Treffer`),
  nothing: 'Nichts passt. Versuchen Sie es mit weniger Buchstaben.',
  kinds: { page: 'Seite', action: 'Aktion', collection: 'Sammlung' },
  recordOf: (name) => `Datensatz von ${name}`,
  accountOf: (name) => `Konto von ${name}`,
  newRecord: (name) => `Neuer Datensatz in ${name}`,
  tabOf: (tab, name) => `${tab} von ${name}`,
  changePassword: 'Ihr Passwort ändern',
  changeLook: 'Aussehen oder Sprache ändern',
};

export const shortcuts: typeof en.shortcuts = {
  title: 'Tasten',
  intro: 'Alles in der Konsole geht mit der Tastatur allein. Auf einem Mac tritt ⌘ an die Stelle von Strg.',
  control: 'Strg',
  everywhere: 'Überall',
  openPalette: 'Das Feld öffnen, das zu jeder Seite, jeder Sammlung, jedem Konto und jedem Datensatz führt',
  thisPage: 'In jenem Feld: diese Seite finden',
  nextThing: 'Zum nächsten Link, Knopf oder Feld; mit Umschalt zurück',
  skip: 'Am Anfang einer Seite: die Navigation überspringen',
  closeDialog: 'Einen Dialog oder eine Liste von Vorschlägen schließen',
  lists: 'In jenem Feld, und in Vorschlägen für Regeln',
  choose: 'Eine andere Zeile wählen',
  take: 'Die gewählte Zeile nehmen',
  keys: 'Tasten',
  does: 'Was sie tun',
};
