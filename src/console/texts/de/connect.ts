import type * as en from '../en/connect.ts';

export const connect: typeof en.connect = {
  intro: (origin) =>
    `Wählen Sie, womit Ihre App mit diesem Server spricht, und kopieren Sie den Code: Er kennt die Felder dieser Sammlung und die Adresse des Servers, ${origin}. E-Mail und Passwort sind Platzhalter für die eines Kontos. Die Erläuterungen sind auf Englisch.`,
  clients: 'Clients',
  install: 'Installieren',
  actions: {
    sign_in: 'Anmelden',
    list: 'Datensätze auflisten und filtern',
    view: 'Einen Datensatz holen',
    create: 'Datensatz anlegen',
    update: 'Datensatz ändern',
    delete: 'Datensatz löschen',
    subscribe: 'Änderungen mithören',
    upload: 'Datei hochladen',
    types: 'Typen der Datensätze',
  },
  by: (product) => `über die API von ${product}`,
  language: { sh: 'Shell', js: 'JavaScript', ts: 'TypeScript' },
  emptyTitle: 'Kein Client erreicht diese Sammlung',
  emptyBody: 'Sie gehört dem Server selbst.',
};
