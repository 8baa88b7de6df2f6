/** Statements that read. */
export const sql = {
  title: 'SQL',
  statement: 'Statement',
  hint: 'One SELECT of SQLite. It can only read, for 30 seconds at most; secrets read (hidden).',
  run: 'Run',
  cancel: 'Cancel',
  results: 'Result',
  rows: (count: string, ms: string) => `${count} ${count === '1' ? 'row' : 'rows'} in ${ms} ms.`,
  truncated: 'There are more than can be shown.',
  sql_refused: 'This statement is not allowed here.',
  sql_failed: 'The statement failed:',
  cancelled: 'The statement was cancelled.',
  timeout: 'The statement took longer than 30 seconds and was ended.',
  memory: 'The statement needed too much memory and was ended.',
  queue_full: 'Other statements run already. Try again when they are done.',
};
