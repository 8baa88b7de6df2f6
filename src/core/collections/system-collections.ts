import { SUPERUSERS } from './collection.ts';
import type { CollectionInput } from './collections.ts';

const AUTODATES = [
  { name: 'created', type: 'autodate', onCreate: true },
  { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
];

const OWNER = 'id = @request.auth.id';

/** The collections of the first start, with the ids that clients know (specs/pocketbase.md 12). */
export const firstCollections: readonly CollectionInput[] = [
  {
    id: 'pbc_3142635823',
    name: SUPERUSERS,
    type: 'auth',
    system: true,
    authToken: { duration: 86_400 },
    fields: [...accountFields(), ...AUTODATES.map((field) => ({ ...field, system: true }))],
  },
  {
    id: '_pb_users_auth_',
    name: 'users',
    type: 'auth',
    listRule: OWNER,
    viewRule: OWNER,
    createRule: '',
    updateRule: OWNER,
    deleteRule: OWNER,
    fields: [
      ...accountFields(),
      { name: 'name', type: 'text', max: 255 },
      {
        name: 'avatar',
        type: 'file',
        maxSelect: 1,
        mimeTypes: ['image/jpeg', 'image/png', 'image/svg+xml', 'image/gif', 'image/webp'],
      },
      ...AUTODATES,
    ],
    oauth2: { mappedFields: { name: 'name', avatarURL: 'avatar' } },
  },
];

/** The fields of accounts in their usual place, before the collection's own; their options come from the system. */
function accountFields(): readonly Readonly<Record<string, unknown>>[] {
  return [
    { name: 'password', type: 'password', min: 8 },
    { name: 'tokenKey', type: 'text', min: 30, max: 60 },
    { name: 'email', type: 'email', required: true },
    { name: 'emailVisibility', type: 'bool' },
    { name: 'verified', type: 'bool' },
  ];
}
