import type * as en from '../en/connect.ts';

export const connect: typeof en.connect = {
  intro: (origin) =>
    `Code für eine App, die diese Sammlung nutzt, mit ihren Feldern und der Adresse dieses Servers, ${origin}. E-Mail und Passwort sind Platzhalter: Setzen Sie die eines Kontos ein. Die Erläuterungen sind auf Englisch.`,
  clients: 'Clients',
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
