import { accountField, accountsField, type CollectionTemplate, ownedBy, timeFields } from './template.ts';

const folder = ownedBy('owner');
const document = ownedBy('owner');
const OWN = 'owner = @request.auth.id';
const READ = `@request.auth.id != '' && (${OWN} || readers.id ?= @request.auth.id)`;
/** Nobody puts things into a folder of somebody else. */
const OWN_FOLDER = "(folder = '' || folder.owner = @request.auth.id)";

/** Documents with any files, in folders, for their owners and those they are shared with. */
export const attachments: CollectionTemplate = {
  name: 'attachments',
  collections: [
    {
      name: 'folders',
      listRule: OWN,
      viewRule: OWN,
      createRule: `${folder.create} && (parent = '' || parent.owner = @request.auth.id)`,
      updateRule: `${folder.update} && @request.body.parent:changed = false`,
      deleteRule: folder.delete,
      fields: [
        { name: 'name', type: 'text', required: true, max: 100, presentable: true },
        { name: 'parent', type: 'relation', collectionId: 'folders', maxSelect: 1, cascadeDelete: true },
        accountField('owner'),
      ],
      indexes: ['CREATE UNIQUE INDEX idx_folders ON folders (owner, parent, name)'],
    },
    {
      name: 'documents',
      listRule: READ,
      viewRule: READ,
      createRule: `${document.create} && ${OWN_FOLDER}`,
      updateRule: `${document.update} && @request.body.folder:changed = false`,
      deleteRule: document.delete,
      fields: [
        { name: 'title', type: 'text', required: true, max: 200, presentable: true },
        { name: 'note', type: 'text', max: 2000 },
        {
          ...{ name: 'files', type: 'file', maxSelect: 50, maxSize: 104_857_600 },
          ...{ protected: true, thumbs: ['200x200'] },
        },
        { name: 'folder', type: 'relation', collectionId: 'folders', maxSelect: 1 },
        accountField('owner'),
        accountsField('readers', 50),
        ...timeFields,
      ],
      indexes: ['CREATE INDEX idx_documents_owner ON documents (owner, folder)'],
    },
  ],
};
