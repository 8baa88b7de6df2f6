/** How the server is. */
export const health = {
  title: 'Health',
  well: 'All is well: every storage answers, and nothing waits for you.',
  unwell: 'Something needs you: see what is marked below.',
  server: 'Server',
  since: 'Runs since',
  duration: (days: number, hours: number, minutes: number) => `${days} d ${hours} h ${minutes} min`,
  memory: 'Memory',
  database: 'Database',
  requestLog: 'Request log',
  disk: 'Disk',
  free: (free: string, total: string) => `${free} of ${total} free`,
  connections: 'Connections',
  open: (streams: string, sockets: string) => `${streams} open streams, ${sockets} WebSockets`,
  images: 'Pictures',
  workers: (workers: string, waiting: string) => `${workers} workers, ${waiting} waiting`,
  storages: 'Storages',
  ok: 'Answers',
  notOk: 'Does not answer',
  queues: 'What waits',
  deletions: 'Files to be erased',
  abandoned: (count: string) => `${count} wait for you`,
  uploads: 'Uploads that may go on',
  mail: 'Messages to be sent',
  log: 'Log entries to be stored',
};

/** What the program is made of. */
export const about = {
  title: 'About',
  runtime: 'Runs on',
  platform: 'System',
  licences: 'Licences of its parts',
  part: 'Part',
  version: 'Version',
  licence: 'Licence',
};
