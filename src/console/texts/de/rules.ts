import type * as en from '../en/rules.ts';

export const rules: typeof en.rules = {
  intro:
    'Jede Regel sagt, wer etwas Bestimmtes mit den Datensätzen tun darf. Regeln gelten für alle Clients und alle APIs dieses Servers. Superuser dürfen alles.',
  system: 'Die Regeln von Systemsammlungen stehen fest. Ausprobieren lassen sie sich trotzdem.',
  names: {
    list: 'Datensätze auflisten und suchen',
    view: 'Einen Datensatz und seine Dateien ansehen',
    create: 'Einen Datensatz anlegen',
    update: 'Einen Datensatz ändern',
    delete: 'Einen Datensatz löschen',
    auth: 'Anmelden',
    manage: 'Konten anderer verwalten',
  },
  about: {
    list: 'Datensätze, für die sie nicht gilt, fehlen in der Liste.',
    view: 'Entscheidet auch, wer geschützte Dateien herunterladen darf.',
    create: 'Sie sieht den neuen Datensatz, als wäre er gespeichert.',
    update: 'Sie sieht den gespeicherten Datensatz; was gesendet wird, ist @request.body.',
    delete: 'Die Dateien des Datensatzes gehen mit ihm.',
    auth: 'Sie muss für das Konto gelten, das sich anmeldet.',
    manage:
      'Wer E-Mail, Passwort und Bestätigung anderer Konten setzen darf, ohne das alte Passwort zu kennen.',
  },
  who: (rule) => `${rule}: wer darf`,
  kinds: {
    superusers: 'Nur Superuser',
    everyone: 'Alle',
    condition: 'Alle, für die eine Bedingung gilt',
  },
  presets: {
    signedIn: 'Alle, die angemeldet sind',
    owner: (field) => `Nur das Konto in „${field}“`,
  },
  words: {
    intro: 'In Worten:',
    and: 'und',
    or: 'oder',
    not: 'nicht',
    signedIn: 'jemand ist angemeldet',
    guest: 'niemand ist angemeldet',
    isCaller: 'ist das Konto, das fragt',
    hasCaller: 'enthält das Konto, das fragt',
    isTrue: 'ist ja',
    isFalse: 'ist nein',
  },
  condition: (rule) => `${rule}: Bedingung`,
  conditionHint: 'Zum Beispiel: @request.auth.id != "" && owner = @request.auth.id',
  emptyCondition: 'Schreiben Sie eine Bedingung, oder wählen Sie etwas anderes.',
  problemAt: (position) => `Bei Zeichen ${position}:`,
  fixed: 'In einer Systemsammlung lässt sie sich nicht ändern.',
  other: (code) => `Der Server nimmt sie nicht an: ${code}.`,
  check: 'Prüfen',
  allGood: 'Alle Regeln lassen sich durchsetzen.',
  review: 'Änderungen ansehen',
  nothingChanged: 'Noch ist nichts geändert.',
  reviewTitle: 'Was sich ändert',
  reviewBody:
    'Datensätze und Dateien bleiben, wie sie sind. Die neuen Regeln gelten ab der nächsten Anfrage, auch für offene Abonnements.',
  endsSessions:
    'Konten dieser Sammlung müssen sich neu anmelden, weil eine andere Regel entscheidet, wer das darf.',
  opensToAll: 'Alle im Internet dürfen das dann, auch ohne Konto.',
  rule: 'Regel',
  before: 'Jetzt',
  after: 'Danach',
  save: 'Regeln speichern',
  back: 'Zurück zu den Regeln',
  changedMeanwhile:
    'Jemand hat diese Sammlung geändert, seit Sie sie geöffnet haben. Unten steht der Unterschied zum jetzigen Stand.',
  suggestions: 'Vorschläge',
};

export const trial: typeof en.trial = {
  title: 'Ausprobieren',
  body: 'Fragt die Regeln, wie sie oben stehen, gespeichert oder nicht. Nichts wird geändert.',
  action: 'Was versucht wird',
  collection: 'Wer fragt',
  guest: 'Ein Gast, nicht angemeldet',
  accountOf: (collection) => `Ein Konto von ${collection}`,
  account: 'E-Mail oder Id des Kontos',
  record: 'Id des Datensatzes, oder was gesucht wird',
  input: 'Gesendete Werte, als JSON',
  inputHint: 'Zum Beispiel: {"title": "Hallo"}',
  accountHint:
    'Tippen Sie einen Teil von E-Mail oder Name, um andere zu finden. Zählt, wenn ein Konto fragt.',
  recordHint:
    'Tippen Sie einen Teil dessen, was im Datensatz steht, um andere zu finden. Zum Anlegen braucht es keinen.',
  accountRecordHint:
    'Tippen Sie einen Teil von E-Mail oder Name, um andere zu finden. Beim Anmelden ist es das Konto, das sich anmeldet; zum Anlegen braucht es keines.',
  was: 'ist',
  run: 'Ausprobieren',
  allowed: 'Erlaubt',
  refused: 'Abgelehnt',
  reasons: {
    superuser: 'Superuser dürfen alles; Regeln werden nicht gefragt.',
    superusers_only: 'Nur Superuser dürfen das.',
    accounts_only: 'Gäste verwalten niemanden.',
    everyone: 'Alle dürfen das.',
    clauses: 'Die markierten Teile der Regel haben entschieden.',
  },
  verdicts: { true: 'gilt', false: 'gilt nicht', null: 'ist unbekannt, weil ein Wert fehlt' },
  kinds: { and: 'alle davon', or: 'eines davon', not: 'nicht', compare: '' },
  decides: 'entscheidet',
  noAccount: 'Dieses Konto gibt es nicht.',
  noRecord: 'Diesen Datensatz gibt es nicht.',
  badInput: 'Das ist kein JSON-Objekt.',
  badRule: 'Diese Regel lässt sich nicht ausprobieren. Siehe die Meldung bei ihr.',
};
