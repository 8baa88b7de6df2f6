/** The list of collections, and the tabs of one. */
export const collections = {
  title: 'Collections',
  tabs: { records: 'Records', rules: 'Rules', connect: 'Connect', definition: 'Definition' },
  search: 'Search collections',
  find: 'Search',
  name: 'Name',
  type: 'Type',
  types: { base: 'Base', auth: 'Accounts', view: 'View' },
  system: 'System',
  fields: 'Fields',
  records: 'Records',
  updated: 'Changed',
  showSystem: 'Show system collections',
  countLater: 'Counting…',
  emptyTitle: 'No collections yet',
  emptyBody:
    'A collection keeps records of one kind and the files that belong to them: posts, products, customers.',
  notFoundTitle: 'Nothing found',
  notFoundBody: (search: string) => `No collection has “${search}” in its name.`,
  showAll: 'Show all',
};
