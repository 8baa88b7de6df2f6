import type * as en from '../en/health.ts';

export const health: typeof en.health = {
  title: 'Zustand',
  well: 'Alles ist in Ordnung: Jeder Speicher antwortet, und nichts wartet auf Sie.',
  unwell: 'Etwas braucht Sie: Sehen Sie nach, was unten hervorgehoben ist.',
  server: 'Server',
  since: 'Läuft seit',
  duration: (days, hours, minutes) => `${days} T. ${hours} Std. ${minutes} Min.`,
  memory: 'Arbeitsspeicher',
  database: 'Datenbank',
  requestLog: 'Protokoll der Anfragen',
  disk: 'Platte',
  free: (free, total) => `${free} von ${total} frei`,
  connections: 'Verbindungen',
  open: (streams, sockets) => `${streams} offene Datenströme, ${sockets} WebSockets`,
  images: 'Bilder',
  workers: (workers, waiting) => `${workers} Prozesse, ${waiting} wartend`,
  storages: 'Speicher',
  ok: 'Antwortet',
  notOk: 'Antwortet nicht',
  queues: 'Was wartet',
  deletions: 'Zu löschende Dateien',
  abandoned: (count) => `${count} warten auf Sie`,
  uploads: 'Uploads, die weitergehen können',
  mail: 'Zu sendende Nachrichten',
  log: 'Zu speichernde Protokolleinträge',
};

export const about: typeof en.about = {
  title: 'Über',
  runtime: 'Läuft auf',
  platform: 'System',
  licences: 'Lizenzen der Bestandteile',
  part: 'Bestandteil',
  version: 'Version',
  licence: 'Lizenz',
};
