import type * as en from '../en/operations.ts';

export const operations: typeof en.operations = {
  tabs: {
    requests: 'Anfragen',
    backups: 'Sicherungen',
    jobs: 'Aufgaben',
    storage: 'Speicher',
    settings: 'Einstellungen',
    sql: 'SQL',
    health: 'Zustand',
    about: 'Über',
  },
  backups: {
    title: 'Sicherungen',
    takeTitle: 'Sicherung anlegen',
    name: 'Name',
    nameHint:
      'Kleinbuchstaben, Ziffern, - und _, am Ende .zip. Leer gelassen bekommt sie einen Namen mit der Zeit.',
    skipDamaged: 'Fehlende und beschädigte Dateien auslassen',
    take: 'Sicherung anlegen',
    notTaken: 'Es wurde keine Sicherung angelegt. Bitte beachten Sie den Hinweis unten.',
    nameTaken: 'Eine Sicherung mit diesem Namen gibt es schon.',
    badName:
      'Ein Name hat Kleinbuchstaben, Ziffern, - und _, endet auf .zip und beginnt nicht wie die geplanter Sicherungen.',
    running: 'Es wird gerade eine Sicherung angelegt. Bitte warten Sie, bis sie in der Liste steht.',
    damaged: (objects) =>
      `Es wurde keine Sicherung angelegt: Dateien fehlen oder sind beschädigt (${objects}). Sie können sie auslassen.`,
    failed:
      'Es wurde keine Sicherung angelegt. Vielleicht fehlt der Platz, oder der Speicher antwortet nicht; im Protokoll steht mehr.',
    emptyTitle: 'Noch keine Sicherungen',
    emptyBody:
      'Eine Sicherung enthält alle Datensätze und Dateien eines Augenblicks. Sie wird zurückgelesen und geprüft, bevor sie hier steht.',
    taken: 'Angelegt',
    where: 'Ort',
    folder: 'Ordner der Sicherungen',
    actions: 'Aktionen',
    download: (key) => `${key} herunterladen`,
    delete: 'Sicherung löschen',
    deleteBody: (key) => `${key} wird endgültig gelöscht.`,
    scheduleTitle: 'Zeitplan',
    noSchedule: 'Sicherungen werden nur von Hand angelegt.',
    lastFailed: 'Die letzte ist gescheitert:',
  },
  jobs: {
    title: 'Aufgaben',
    body: 'Was der Server von selbst immer wieder erledigt. Die Zeiten der Pläne sind UTC.',
    emptyTitle: 'Noch keine Aufgaben',
    emptyBody:
      'Eine Aufgabe erledigt der Server zu festen Zeiten von selbst. Legen Sie einen Zeitplan für Sicherungen fest, dann steht sie hier und lässt sich jederzeit ausführen.',
    emptyAction: 'Zeitplan für Sicherungen festlegen',
    job: 'Aufgabe',
    schedule: 'Zeitplan',
    last: 'Zuletzt',
    outcome: 'Ergebnis',
    outcomes: { running: 'Läuft', done: 'Erledigt', failed: 'Gescheitert' },
    next: 'Nächstes Mal',
    action: 'Aktion',
    never: 'noch nie',
    runs: (count, failed) => `Letzte ${count} Läufe, ${failed} gescheitert`,
    runNow: 'Jetzt ausführen',
  },
};
