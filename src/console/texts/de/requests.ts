import type * as en from '../en/requests.ts';

export const requests: typeof en.requests = {
  title: 'Anfragen',
  offTitle: 'Das Protokoll der Anfragen ist ausgeschaltet',
  offBody: 'Der Server soll kein Protokoll der Anfragen führen.',
  span: 'Zeitraum',
  spans: { hour: 'Letzte Stunde', day: 'Letzte 24 Stunden', week: 'Letzte 7 Tage' },
  kind: 'Art',
  kinds: { request: 'Anfragen', event: 'Ereignisse' },
  status: 'Status',
  method: 'Methode',
  text: 'Enthält',
  least: 'Mindestens (ms)',
  bar: (time, count, errors, p95) =>
    `${time} UTC: ${count} Anfragen, ${errors} gescheitert, 95 von 100 in höchstens ${p95} ms`,
  summary: (span, total, errors, slowest) =>
    `${span}: ${total} Anfragen, ${errors} gescheitert (ab 500). Im langsamsten Abschnitt brauchten 95 von 100 bis zu ${slowest} ms.`,
  emptyTitle: 'Hier ist nichts',
  emptyBody: 'Kein Eintrag dieser Zeit passt. Einträge erscheinen einen Augenblick nach ihrer Anfrage.',
  time: 'Zeit',
  what: 'Anfrage oder Ereignis',
  took: 'Dauer',
  account: 'Konto',
  address: 'Adresse',
  level: 'Stufe',
  levels: { warn: 'Warnung', error: 'Fehler' },
  facts: 'Einzelheiten',
  guest: 'ein Gast',
  dialect: 'Beantwortet von',
  agent: 'Client',
  requestId: 'Kennung der Anfrage',
  related: 'In derselben Anfrage',
};
