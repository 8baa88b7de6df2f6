import { accountField, type CollectionTemplate, imageField, ownedBy, timeFields } from './template.ts';

const profile = ownedBy('account');
const SHOWN = 'public = true || account = @request.auth.id';
const follower = ownedBy('follower');

/** What accounts show of themselves, one profile each, and who follows whom. */
export const profiles: CollectionTemplate = {
  name: 'profiles',
  collections: [
    {
      name: 'profiles',
      listRule: SHOWN,
      viewRule: SHOWN,
      createRule: profile.create,
      updateRule: profile.update,
      deleteRule: profile.delete,
      fields: [
        accountField('account'),
        {
          ...{ name: 'handle', type: 'text', required: true, min: 3, max: 30, presentable: true },
          pattern: '^[a-z][a-z0-9_]*$',
        },
        { name: 'name', type: 'text', max: 100 },
        { name: 'about', type: 'text', max: 1000 },
        { name: 'website', type: 'url' },
        { name: 'born', type: 'date' },
        { name: 'place', type: 'geoPoint' },
        imageField('picture', { thumbs: ['100x100', '400x400'] }),
        { name: 'public', type: 'bool' },
        ...timeFields,
      ],
      indexes: [
        'CREATE UNIQUE INDEX idx_profiles_account ON profiles (account)',
        'CREATE UNIQUE INDEX idx_profiles_handle ON profiles (handle)',
      ],
    },
    {
      name: 'follows',
      listRule: 'follower = @request.auth.id || followed.account = @request.auth.id',
      viewRule: 'follower = @request.auth.id || followed.account = @request.auth.id',
      createRule: `${follower.create} && followed.public = true && followed.account != @request.auth.id`,
      deleteRule: follower.delete,
      fields: [
        accountField('follower'),
        {
          ...{ name: 'followed', type: 'relation', collectionId: 'profiles', maxSelect: 1 },
          ...{ required: true, cascadeDelete: true },
        },
        ...timeFields,
      ],
      indexes: ['CREATE UNIQUE INDEX idx_follows ON follows (follower, followed)'],
    },
  ],
};
