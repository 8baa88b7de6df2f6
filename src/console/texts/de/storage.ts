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
  progress: 'Fortschritt',
  doing: {
    verification: (done, total) => `Vergleich läuft: ${done} von ${total} Dateien…`,
    migration: (done, total) => `Umzug läuft: ${done} von ${total} Dateien…`,
    collection: (done, total) => `Suche läuft: ${done} von ${total} Dateien…`,
  },
  findingsSoFar: (found) => `Bisher ${found} Befunde.`,
  goesOn: 'Die Arbeit geht weiter, auch wenn Sie diese Seite verlassen.',
  look: 'Noch einmal nachsehen',
  stop: 'Anhalten',
  stopped: 'Vor dem Ende angehalten.',
  broken: 'Vorzeitig beendet: Ein Speicher antwortet nicht, oder es läuft schon andere Arbeit an ihm.',
  otherWork: 'An den Speichern läuft andere Arbeit. Danach kann diese beginnen.',
  verifyTitle: 'Katalog und Dateien vergleichen',
  verificationBody:
    'Sucht Dateien, die fehlen, die falsche Größe haben oder unbekannt sind. Der Server arbeitet dabei weiter.',
  verifyContent: 'Auch Inhalte lesen und vergleichen (langsam)',
  verify: 'Vergleichen',
  verifyWell: (count) => `${count} Dateien wurden verglichen, und alles stimmt.`,
  verifyFound: (found, count) => `${found} Befunde bei ${count} Dateien.`,
  migrateTitle: 'Dateien in einen anderen Speicher verschieben',
  migrationBody:
    'Jede Datei wird kopiert und die Kopie verglichen; erst dann tritt sie an die Stelle der alten, die gelöscht wird. Der Server arbeitet dabei weiter. Angehalten und neu begonnen, geht es mit dem Rest weiter.',
  oneStorage:
    'Es gibt nur einen Speicher. Nehmen Sie einen weiteren in die Konfiguration auf und starten Sie den Server neu, dann können Dateien dorthin verschoben werden.',
  from: 'Aus',
  fromAny: 'Alle anderen Speicher',
  to: 'Nach',
  migrate: 'Dateien verschieben',
  migrateAsk: (count, bytes, from, to) =>
    `${count} Dateien (${bytes}) aus ${from} nach ${to} verschieben? Neue Dateien kommen weiterhin in den Speicher, der sie aufnimmt.`,
  migrated: (count, to, failed, hasFailed) =>
    hasFailed
      ? `${count} Dateien sind jetzt in ${to}; ${failed} konnten nicht verschoben werden und bleiben, wo sie sind.`
      : `${count} Dateien wurden nach ${to} verschoben.`,
  collectTitle: 'Verwaiste Dateien aufräumen',
  collectionBody:
    'Dateien in einem Speicher, die der Katalog nicht kennt, kommen dort in Quarantäne und werden nach einigen Tagen gelöscht. Sehen Sie zuerst nach, was geschehen würde.',
  keepDays: 'Tage in Quarantäne',
  keepDaysHint: 'Was so lange dort liegt, wird gelöscht.',
  badDays: 'Geben Sie eine ganze Zahl von Tagen ein.',
  tryCollect: 'Nachsehen, was geschehen würde',
  collect: 'Aufräumen',
  collectTyped: 'aufräumen',
  collectAsk: (quarantined, erased) =>
    `Dateien, die jetzt in Quarantäne kommen: ${quarantined}. Dateien, die endgültig gelöscht werden: ${erased}. Sicherungen oder andere Server am selben Speicher brauchen sie vielleicht noch.`,
  nothingToCollect: 'Nichts aufzuräumen: Alle Dateien sind bekannt.',
  wouldCollect: (quarantined, erased, bytes) =>
    `In Quarantäne kämen: ${quarantined}. Gelöscht würden: ${erased}. Zusammen ${bytes}. Noch ist nichts geändert.`,
  collected: (quarantined, erased, bytes) =>
    `In Quarantäne gekommen: ${quarantined}. Gelöscht: ${erased}. Zusammen ${bytes}.`,
  actions: {
    quarantined: 'In Quarantäne',
    erased: 'Gelöscht',
    put_back: 'Wieder bekannt: zurückgelegt',
    would_quarantine: 'Käme in Quarantäne',
    would_erase: 'Würde gelöscht',
  },
  problems: {
    missing: 'Fehlt',
    wrong_size: 'Falsche Größe',
    wrong_hash: 'Falscher Inhalt',
    unknown: 'Unbekannt',
    unreadable: 'Unlesbar',
  },
};
