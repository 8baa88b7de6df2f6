import type * as en from '../en/frame.ts';

export const frame: typeof en.frame = {
  skip: 'Zum Inhalt springen',
  mainNavigation: 'Hauptmenü',
  breadcrumbs: 'Sie sind hier',
  overview: 'Übersicht',
  collections: 'Sammlungen',
  files: 'Dateien',
  accounts: 'Konten',
  operations: 'Betrieb',
  yourAccount: 'Ihr Konto',
  signOut: 'Abmelden',
  error: 'Fehler',
  close: 'Schließen',
  cancel: 'Abbrechen',
  copy: 'Kopieren',
  copied: 'Kopiert',
  saved: 'Gespeichert',
  typeToConfirm: (name) => `Zur Bestätigung „${name}“ eintippen`,
  notConfirmed: (name) => `Bitte „${name}“ genau so eintippen, wie es dasteht.`,
  checkFields: 'Es wurde nichts gespeichert. Bitte beachten Sie die Hinweise unten.',
  notFoundTitle: 'Diese Seite gibt es nicht',
  notFoundBody: 'Vielleicht wurde sie umbenannt oder gelöscht.',
  toStart: 'Zur Startseite',
  troubleTitle: 'Etwas ist schiefgegangen',
  troubleBody:
    'Bitte gehen Sie zurück und versuchen Sie es noch einmal. Im Protokoll des Servers steht mehr.',
  busyTitle: 'Der Server ist ausgelastet',
  busyBody: 'Bitte versuchen Sie es gleich noch einmal.',
  refusedTitle: 'Das ist nicht möglich',
  refusedBody: (reason) => `Der Server hat es abgelehnt: ${reason}.`,
  formExpiredTitle: 'Dieses Formular ist zu alt',
  formExpiredBody:
    'Sie haben sich seitdem neu angemeldet, oder es kam von einer anderen Website. Bitte gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.',
  tooLargeTitle: 'Das ist zu viel',
  tooLargeBody: 'Das Formular ist größer, als der Server annimmt.',
  unreadableTitle: 'Das ist nicht lesbar',
  unreadableBody: 'Das Formular kam nicht vollständig an. Bitte versuchen Sie es noch einmal.',
};

export const notes: typeof en.notes = {
  passwordChanged: 'Ihr Passwort ist geändert. Sitzungen an anderen Orten sind beendet.',
  signedOut: 'Sie sind abgemeldet.',
  signedOutEverywhere: 'Alle Ihre Sitzungen sind beendet, hier und anderswo.',
  lookSaved: 'Das Aussehen ist in diesem Browser gespeichert.',
  deletionsRetried: 'Was gescheitert war, wird erneut versucht.',
  superuserMade: 'Ihr Konto ist angelegt. Melden Sie sich damit an.',
};
