/** Where files lie. */
export const storage = {
  title: 'Storage',
  byCollection: 'Usage by collection',
  share: 'Share',
  gone: 'Deleted collections',
  storages: 'Storages',
  isDefault: 'takes new files',
  test: 'Test',
  testTitle: (name: string) => `Test of ${name}`,
  testWell: 'Everything works.',
  testFailed: 'The test ended at the first step that failed.',
  ok: 'OK',
  failed: 'Failed',
  steps: {
    reach: 'Reach it',
    write: 'Write a file',
    head: 'Ask for its size',
    read: 'Read it',
    range: 'Read a part of it',
    list: 'List it',
    copy: 'Copy it',
    large: 'Write a large file in parts',
    remove: 'Remove what was written',
  },
  progress: 'Progress',
  doing: {
    verification: (done: string, total: string) => `Comparing: ${done} of ${total} files…`,
    migration: (done: string, total: string) => `Moving: ${done} of ${total} files…`,
    collection: (done: string, total: string) => `Looking: ${done} of ${total} files…`,
  },
  findingsSoFar: (found: string) => `${found} findings so far.`,
  goesOn: 'The work goes on when you leave this page.',
  look: 'Look again',
  stop: 'Stop',
  stopped: 'Stopped before the end.',
  broken: 'It ended early: a storage does not answer, or other work on it runs.',
  otherWork: 'Other work on the storages runs. This can begin when it has ended.',
  verifyTitle: 'Compare catalogue and files',
  verificationBody:
    'Looks for files that are missing, of the wrong size, or unknown. The server goes on serving.',
  verifyContent: 'Read and compare contents, too (slow)',
  verify: 'Compare',
  verifyWell: (count: string) => `${count} files were compared, and nothing is wrong.`,
  verifyFound: (found: string, count: string) => `${found} findings among ${count} files.`,
  migrateTitle: 'Move files to another storage',
  migrationBody:
    'Each file is copied, the copy is compared, and only then it takes the place of the old one, which is erased. The server goes on serving. Stopped and begun again, it goes on with what is left.',
  oneStorage:
    'There is one storage only. Add another to the configuration and start the server again, and files can be moved there.',
  from: 'From',
  fromAny: 'All other storages',
  to: 'To',
  migrate: 'Move files',
  migrateAsk: (count: string, bytes: string, from: string, to: string) =>
    `Move ${count} files (${bytes}) from ${from} to ${to}? New files still go to the storage that takes them.`,
  migrated: (count: string, to: string, failed: string, hasFailed: boolean) =>
    hasFailed
      ? `${count} files are in ${to} now; ${failed} could not be moved and stay where they are.`
      : `${count} files were moved to ${to}.`,
  collectTitle: 'Collect garbage',
  collectionBody:
    'Files in a storage that the catalogue does not know are put in quarantine there, and erased after some days. First look what would happen.',
  keepDays: 'Days in quarantine',
  keepDaysHint: 'Files that have lain there for so long are erased.',
  badDays: 'Type a whole number of days.',
  tryCollect: 'Look what would happen',
  collect: 'Collect garbage',
  collectTyped: 'collect',
  collectAsk: (quarantined: number, erased: number) =>
    `Files that are put in quarantine now: ${quarantined}. Files that are erased for good: ${erased}. Backups or other servers that use the same storage may need them.`,
  nothingToCollect: 'Nothing to collect: every file is known.',
  wouldCollect: (quarantined: string, erased: string, bytes: string) =>
    `Would be put in quarantine: ${quarantined}. Would be erased: ${erased}. In all ${bytes}. Nothing was changed yet.`,
  collected: (quarantined: string, erased: string, bytes: string) =>
    `Put in quarantine: ${quarantined}. Erased: ${erased}. In all ${bytes}.`,
  actions: {
    quarantined: 'In quarantine',
    erased: 'Erased',
    put_back: 'Known again: put back',
    would_quarantine: 'To quarantine',
    would_erase: 'To be erased',
  },
  problems: {
    missing: 'Missing',
    wrong_size: 'Wrong size',
    wrong_hash: 'Wrong content',
    unknown: 'Unknown',
    unreadable: 'Unreadable',
  },
};
