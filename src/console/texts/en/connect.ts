/** The page with code for developers. */
export const connect = {
  intro: (origin: string) =>
    `Code for an app that uses this collection, with its fields and the address of this server, ${origin}. E-mail and password are placeholders: put those of an account in their place.`,
  clients: 'Clients',
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
