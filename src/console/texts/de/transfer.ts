import type * as en from '../en/transfer.ts';

export const transfer: typeof en.transfer = {
  exportAs: 'Export:',
  exportCsv: 'CSV',
  exportJson: 'JSON',
  exportHint: 'Ist nichts ausgewählt, alle, die der Filter findet.',
  importRecords: 'Importieren',
  importTo: (collection) => `In ${collection} importieren`,
  file: 'Datei',
  fileHint: 'CSV, eine JSON-Liste von Objekten, oder ein JSON-Objekt je Zeile.',
  noFile: 'Wählen Sie eine Datei.',
  preview: 'Spalten zeigen',
  previewAgain: 'Spalten neu lesen',
  trial: 'Ohne Speichern versuchen',
  import: 'Datensätze importieren',
  columns: 'Spalten der Datei',
  column: 'Spalte',
  field: 'Feld',
  fieldOf: (column) => `Feld für ${column}`,
  examples: 'Erste Zeilen',
  leaveOut: 'weglassen',
  onConflict: 'Wenn es eine id schon gibt',
  conflicts: {
    abort: 'die Zeile scheitert',
    ignore: 'die Zeile weglassen',
    replace: 'den Datensatz ersetzen',
  },
  skip: 'Nach gescheiterten Zeilen weitermachen',
  tried: (read, written, ignored, failed) =>
    `${read} Zeilen versucht: ${written} würden geschrieben, ${ignored} weggelassen, ${failed} würden scheitern. Nichts wurde gespeichert.`,
  done: (read, written, ignored, failed) =>
    `${read} Zeilen gelesen: ${written} geschrieben, ${ignored} weggelassen, ${failed} gescheitert.`,
  stopped: 'Es endete an der ersten Zeile, die scheiterte. Was davor geschrieben wurde, bleibt.',
  errors: 'Gescheiterte Zeilen',
  row: 'Zeile',
  problem: 'Grund',
  badMapping:
    'zwei Spalten können nicht ein Feld füllen, und dieses lässt sich nicht aus einer Datei füllen.',
  unreadable: (reason, row) =>
    row === ''
      ? `Die Datei lässt sich nicht lesen: ${reason}.`
      : `Die Datei lässt sich in Zeile ${row} nicht lesen: ${reason}.`,
  reasons: {
    not_utf8: 'sie ist kein UTF-8-Text',
    bad_json: 'sie ist kein JSON',
    row_too_long: 'eine Zeile ist zu lang',
    too_many_columns: 'sie hat zu viele Spalten',
    no_columns: 'sie hat keine Spalten',
  },
};
