import type * as en from '../en/sql.ts';

export const sql: typeof en.sql = {
  title: 'SQL',
  statement: 'Anweisung',
  hint: 'Ein SELECT von SQLite. Es kann nur lesen, höchstens 30 Sekunden; Geheimes liest sich als (hidden). Strg+Eingabe führt sie aus.',
  run: 'Ausführen',
  cancel: 'Abbrechen',
  plan: 'Plan zeigen',
  export: 'Als CSV speichern',
  history: 'Frühere Anweisungen, in diesem Browser aufgehoben',
  choose: 'Eine wählen',
  forget: 'Vergessen',
  tables: 'Tabellen und Spalten',
  hiddenBody:
    'Passwörter, Schlüssel von Token, Sitzungen und Codes sowie Werte von Einstellungen lesen sich für alle als (hidden).',
  results: 'Ergebnis',
  rows: (count, ms) => `${count} ${count === '1' ? 'Zeile' : 'Zeilen'} in ${ms} ms.`,
  truncated: 'Es gibt mehr, als gezeigt werden kann.',
  sql_refused: 'Diese Anweisung ist hier nicht erlaubt.',
  refusals: {
    'a NUL character': 'Sie enthält ein NUL-Zeichen.',
    'no statement': 'Es steht keine da.',
    'only SELECT, WITH, VALUES and EXPLAIN': 'Nur SELECT, WITH, VALUES und EXPLAIN.',
    'tables are named without their schema': 'Tabellen stehen ohne ihr Schema.',
    'one statement at a time': 'Nur eine auf einmal.',
    'more than 100000 characters': 'Mehr als 100.000 Zeichen.',
  },
  sql_failed: 'Die Anweisung ist gescheitert:',
  cancelled: 'Die Anweisung wurde abgebrochen.',
  timeout: 'Die Anweisung brauchte länger als 30 Sekunden und wurde beendet.',
  memory: 'Die Anweisung brauchte zu viel Speicher und wurde beendet.',
  queue_full: 'Es laufen schon andere Anweisungen. Bitte versuchen Sie es danach noch einmal.',
};
