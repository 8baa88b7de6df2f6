import type * as en from '../en/storage.ts';

export const storage: typeof en.storage = {
  title: 'Speicher',
  byCollection: 'Belegung nach Sammlung',
  share: 'Anteil',
  gone: 'Gelöschte Sammlungen',
  storages: 'Speicherorte',
  isDefault: 'nimmt neue Dateien',
  test: 'Prüfen',
  testTitle: (name) => `Prüfung von ${name}`,
  testWell: 'Alles funktioniert.',
  testFailed: 'Die Prüfung endete beim ersten Schritt, der scheiterte.',
  ok: 'OK',
  failed: 'Gescheitert',
  steps: {
    reach: 'Erreichen',
    write: 'Eine Datei schreiben',
    head: 'Ihre Größe erfragen',
    read: 'Sie lesen',
    range: 'Einen Teil lesen',
    list: 'Sie auflisten',
    copy: 'Sie kopieren',
    large: 'Eine große Datei in Teilen schreiben',
    remove: 'Das Geschriebene entfernen',
  },
  verifyTitle: 'Katalog und Dateien vergleichen',
  verifyBody:
    'Sucht Dateien, die fehlen, die falsche Größe haben oder unbekannt sind. Der Server arbeitet dabei weiter.',
  verifyContent: 'Auch Inhalte lesen und vergleichen (langsam)',
  verify: 'Vergleichen',
  verifying: (done, total) => `Vergleich läuft: ${done} von ${total} Dateien…`,
  verifyWell: (count) => `${count} Dateien wurden verglichen, und alles stimmt.`,
  verifyFound: (found, count) => `${found} Befunde bei ${count} Dateien.`,
  verifyBroken:
    'Der Vergleich endete vorzeitig: Ein Speicher antwortet nicht, oder es läuft schon andere Arbeit an ihm.',
  problems: {
    missing: 'Fehlt',
    wrong_size: 'Falsche Größe',
    wrong_hash: 'Falscher Inhalt',
    unknown: 'Unbekannt',
    unreadable: 'Unlesbar',
  },
};
