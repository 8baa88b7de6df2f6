import {
  accountField,
  belongsTo,
  type CollectionTemplate,
  imageField,
  ownedBy,
  slugField,
  timeFields,
} from './template.ts';

const post = ownedBy('author');
const comment = ownedBy('author');
const SHOWN = 'published = true || author = @request.auth.id';

/** Posts that only their authors see before they are published, and comments on those that are. */
export const blog: CollectionTemplate = {
  name: 'blog',
  collections: [
    {
      name: 'posts',
      listRule: SHOWN,
      viewRule: SHOWN,
      createRule: post.create,
      updateRule: post.update,
      deleteRule: post.delete,
      fields: [
        { name: 'title', type: 'text', required: true, max: 200, presentable: true },
        slugField,
        { name: 'body', type: 'editor' },
        imageField('cover', { thumbs: ['1200x630', '200x200'] }),
        { name: 'tags', type: 'select', values: ['news', 'story', 'howto', 'photo'], maxSelect: 4 },
        { name: 'published', type: 'bool' },
        accountField('author'),
        ...timeFields,
      ],
      indexes: [
        'CREATE UNIQUE INDEX idx_posts_slug ON posts (slug)',
        'CREATE INDEX idx_posts_published ON posts (published, created)',
        'CREATE INDEX idx_posts_author ON posts (author)',
      ],
    },
    {
      name: 'comments',
      listRule: 'post.published = true',
      viewRule: 'post.published = true',
      createRule: `${comment.create} && post.published = true`,
      updateRule: `${comment.update} && @request.body.post:changed = false`,
      // Who wrote a post may tidy up below it.
      deleteRule: `${comment.delete} || post.author = @request.auth.id`,
      fields: [
        belongsTo('post', 'posts'),
        accountField('author'),
        { name: 'text', type: 'text', required: true, max: 2000, presentable: true },
        ...timeFields,
      ],
      indexes: ['CREATE INDEX idx_comments_post ON comments (post, created)'],
    },
  ],
};
