import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createNewsroom, type Newsroom, newsroomCollections } from '../../../test/support/newsroom.ts';

/*
 * What an expression means: there is one choice of rows, the same for every path, for which it holds. Here that is asked
 * literally, as one product of everything, and must find what the compiled form finds.
 */

const PRODUCT = `SELECT DISTINCT r.id FROM posts r
  LEFT JOIN users a ON a.id = r.author
  LEFT JOIN json_each(r.tags) t
  LEFT JOIN json_each(r.editors) e LEFT JOIN users u ON u.id = e.value
  LEFT JOIN comments c ON c.post = r.id LEFT JOIN users b ON b.id = c.by
  LEFT JOIN members m LEFT JOIN members n`;

const columns: Readonly<Record<string, string>> = {
  title: 'r.title',
  author: 'r.author',
  'author.name': 'a.name',
  'tags:each': 't.value',
  'editors.name': 'u.name',
  'editors.team': 'u.team',
  'comments_via_post.text': 'c.text',
  'comments_via_post.by': 'c.by',
  'comments_via_post.by.team': 'b.team',
  '@collection.members.user': 'm.user',
  '@collection.members.team': 'm.team',
  '@collection.members:n.user': 'n.user',
  '@collection.members:n.role': 'n.role',
};

interface Spelling {
  readonly filter: string;
  readonly product: string;
}

const literal = fc.constantFrom(
  '',
  'a',
  'b',
  'ann',
  'bob',
  'cid',
  'Bob',
  'Cid',
  'nice',
  'bad',
  'daily',
  'weekly',
  'chief',
  'Hello',
);
const path = fc.constantFrom(...Object.keys(columns));
const side = fc.oneof(
  path.map((name): Spelling => ({ filter: name, product: columns[name] ?? '' })),
  literal.map((text): Spelling => ({ filter: `'${text}'`, product: `'${text}'` })),
);
const comparison = fc
  .tuple(fc.constantFrom('=', '!=', '>', '<'), path, side)
  .map(([op, name, right]): Spelling => {
    const left = columns[name] ?? '';
    const exact = op === '=' || op === '!=';
    const product = exact
      ? `COALESCE(${left}, '') ${op} COALESCE(${right.product}, '')`
      : `${left} ${op} ${right.product}`;
    return { filter: `${name} ?${op} ${right.filter}`, product };
  });
const { expression } = fc.letrec<{ expression: Spelling }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    comparison,
    fc
      .tuple(
        fc.constantFrom(['&&', 'AND'], ['||', 'OR']),
        fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
      )
      .map(
        ([[join, word], terms]): Spelling => ({
          filter: `(${terms.map((term) => term.filter).join(` ${join} `)})`,
          product: `(${terms.map((term) => term.product).join(` ${word} `)})`,
        }),
      ),
  ),
}));

const plain = createNewsroom();
const indexed = createNewsroom(
  newsroomCollections().map((one) => {
    if (one.name === 'members')
      return { ...one, indexes: ['CREATE INDEX mu ON members (user)', 'CREATE INDEX mt ON members (team)'] };
    if (one.name === 'comments')
      return { ...one, indexes: ['CREATE INDEX kb ON comments (by)', 'CREATE INDEX kp ON comments (post)'] };
    return one;
  }),
);

const deserted = createNewsroom();
deserted.database.run('DELETE FROM members');
deserted.database.run("DELETE FROM comments WHERE post = 'p1'");

test('the compiled form finds what the whole product finds', () => {
  let memberships = 0;
  fc.assert(
    fc.property(expression, ({ filter, product }) => {
      const statement = `${PRODUCT} WHERE ${product} ORDER BY r.id`;
      const literally = ({ database }: Newsroom) =>
        database
          .query<{ id: string }, []>(statement)
          .all()
          .map(({ id }) => id);
      const expected = literally(plain);
      expect(deserted.ask('posts', { filter })).toEqual(literally(deserted));
      expect(plain.ask('posts', { filter })).toEqual(expected);
      expect(indexed.ask('posts', { filter })).toEqual(expected);
      if (indexed.text('posts', { filter }).includes(' IN (SELECT ')) memberships++;
    }),
    { numRuns: 500, seed: 7 },
  );
  expect(memberships).toBeGreaterThan(5);
});
