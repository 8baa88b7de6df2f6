/** The box that leads everywhere, and the page about keys. */
export const palette = {
  title: 'Go to',
  open: 'Go to…',
  query: 'Where to?',
  hint: 'A page, a collection, an account’s e-mail, a record’s id',
  search: 'Search',
  results: 'Results',
  found: (count: number) => (count === 1 ? '1 result' : `${count} results`),
  nothing: 'Nothing fits. Try fewer letters.',
  kinds: { page: 'Page', action: 'Action', collection: 'Collection' },
  recordOf: (name: string) => `Record of ${name}`,
  accountOf: (name: string) => `Account of ${name}`,
  newRecord: (name: string) => `New record in ${name}`,
  tabOf: (tab: string, name: string) => `${tab} of ${name}`,
  changePassword: 'Change your password',
  changeLook: 'Change theme or language',
};

/** The page about keys. */
export const shortcuts = {
  title: 'Keys',
  intro: 'Everything in the console works with the keyboard alone. On a Mac, ⌘ takes the place of Ctrl.',
  control: 'Ctrl',
  everywhere: 'Everywhere',
  openPalette: 'Open the box that leads to every page, collection, account and record',
  thisPage: 'In that box: find this page',
  nextThing: 'To the next link, button or field; with Shift back',
  skip: 'At the top of a page: skip the navigation',
  closeDialog: 'Close a dialog or a list of suggestions',
  lists: 'In the box, and in suggestions for rules',
  choose: 'Choose another line',
  take: 'Take the chosen line',
  keys: 'Keys',
  does: 'What they do',
};
