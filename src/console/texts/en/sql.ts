const noWords: Readonly<Record<string, string>> = {};

/** Statements that read. */
export const sql = {
  title: 'SQL',
  statement: 'Statement',
  hint: 'One SELECT of SQLite. It can only read, for 30 seconds at most; secrets read (hidden). Ctrl+Enter runs it.',
  run: 'Run',
  cancel: 'Cancel',
  plan: 'Show the plan',
  export: 'Save as CSV',
  history: 'Earlier statements, kept in this browser',
  choose: 'Choose one',
  forget: 'Forget them',
  tables: 'Tables and columns',
  hiddenBody:
    'Passwords, keys of tokens, sessions and codes, and values of settings read (hidden), for everybody.',
  results: 'Result',
  rows: (count: string, ms: string) => `${count} ${count === '1' ? 'row' : 'rows'} in ${ms} ms.`,
  truncated: 'There are more than can be shown.',
  sql_refused: 'This statement is not allowed here.',
  /** What the server says of a refused statement, by its own words. */
  refusals: noWords,
  sql_failed: 'The statement failed:',
  cancelled: 'The statement was cancelled.',
  timeout: 'The statement took longer than 30 seconds and was ended.',
  memory: 'The statement needed too much memory and was ended.',
  queue_full: 'Other statements run already. Try again when they are done.',
};
