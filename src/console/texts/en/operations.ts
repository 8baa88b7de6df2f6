/** How the server runs: tabs, backups, jobs. */
export const operations = {
  tabs: {
    requests: 'Requests',
    backups: 'Backups',
    jobs: 'Jobs',
    storage: 'Storage',
    settings: 'Settings',
    sql: 'SQL',
    health: 'Health',
    about: 'About',
  },
  backups: {
    title: 'Backups',
    takeTitle: 'Take a backup',
    name: 'Name',
    nameHint: 'Small letters, digits, - and _, ending in .zip. Leave it empty for one with the time in it.',
    skipDamaged: 'Leave out files that are missing or damaged',
    take: 'Take backup',
    notTaken: 'No backup was taken. See the message below.',
    nameTaken: 'There is a backup of this name already.',
    badName:
      'A name has small letters, digits, - and _, ends in .zip, and does not begin as those of scheduled backups do.',
    running: 'A backup is being taken already. Wait until it is in the list.',
    damaged: (objects: string) =>
      `No backup was taken: files are missing or damaged (${objects}). You can leave them out.`,
    failed:
      'No backup was taken. There may be no room, or the storage does not answer; the request log says more.',
    emptyTitle: 'No backups yet',
    emptyBody:
      'A backup holds all records and files of one moment. It is read back and checked before it is listed.',
    taken: 'Taken',
    where: 'Where',
    folder: 'Folder of backups',
    actions: 'Actions',
    download: (key: string) => `Download ${key}`,
    delete: 'Delete backup',
    deleteBody: (key: string) => `${key} is deleted for good.`,
    scheduleTitle: 'Schedule',
    noSchedule: 'Backups are taken by hand only.',
    lastFailed: 'The last one failed:',
  },
  jobs: {
    title: 'Jobs',
    body: 'Work that the server does by itself, again and again. Times of schedules are UTC.',
    emptyTitle: 'No jobs yet',
    emptyBody:
      'Set backups.schedule, and backups are taken by themselves. You can run the job here at any time.',
    job: 'Job',
    schedule: 'Schedule',
    last: 'Last run',
    outcome: 'Outcome',
    outcomes: { running: 'Runs', done: 'Done', failed: 'Failed' },
    next: 'Next run',
    action: 'Action',
    never: 'never',
    runNow: 'Run now',
  },
};
