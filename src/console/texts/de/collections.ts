import type * as en from '../en/collections.ts';

export const collections: typeof en.collections = {
  title: 'Sammlungen',
  tabs: { records: 'Datensätze', rules: 'Regeln', connect: 'Anbinden', definition: 'Definition' },
  search: 'Sammlungen durchsuchen',
  find: 'Suchen',
  name: 'Name',
  type: 'Art',
  types: { base: 'Einfach', auth: 'Konten', view: 'Sicht' },
  system: 'System',
  fields: 'Felder',
  records: 'Datensätze',
  updated: 'Geändert',
  showSystem: 'Systemsammlungen zeigen',
  countLater: 'Wird gezählt …',
  emptyTitle: 'Noch keine Sammlungen',
  emptyBody:
    'Eine Sammlung enthält Datensätze einer Art und die zugehörigen Dateien: Beiträge, Produkte, Kundinnen und Kunden.',
  notFoundTitle: 'Nichts gefunden',
  notFoundBody: (search) => `Keine Sammlung hat „${search}“ im Namen.`,
  showAll: 'Alle zeigen',
};
