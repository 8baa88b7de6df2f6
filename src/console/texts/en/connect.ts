/** The page with code for developers. */
export const connect = {
  intro: (origin: string) =>
    `Choose how your app talks to this server, and copy the code: it knows this collection’s fields and the server’s address, ${origin}. E-mail and password are placeholders for those of an account.`,
  clients: 'Clients',
  install: 'Install',
  actions: {
    sign_in: 'Sign in',
    list: 'List and filter records',
    view: 'Get a record',
    create: 'Create a record',
    update: 'Change a record',
    delete: 'Delete a record',
    subscribe: 'Listen to changes',
    upload: 'Upload a file',
    types: 'Types of its records',
  },
  by: (product: string) => `by the API of ${product}`,
  language: { sh: 'Shell', js: 'JavaScript', ts: 'TypeScript' },
  emptyTitle: 'No client reaches this collection',
  emptyBody: 'It belongs to the server itself.',
};
