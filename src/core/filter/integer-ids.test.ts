import { expect, test } from 'bun:test';
import { collection, createNewsroom } from '../../../test/support/newsroom.ts';

const numbered = { idKind: 'integer' } as const;
const teams = collection('teams', 'name:text', numbered);
const fields = teams.fields.map((field) =>
  field.name === 'id' ? { ...field, pattern: '^[1-9][0-9]{0,17}$', autogeneratePattern: '' } : field,
);
const world = createNewsroom([
  { ...teams, fields },
  collection('members', 'team:relation>teams also:relation*>teams name:text', {
    indexes: ['CREATE INDEX by_team ON members (team)'],
  }),
]);
world.database.run("INSERT INTO teams (id, name) VALUES (5, 'Five'), (12, 'Twelve')");
world.database.run(
  `INSERT INTO members (id, team, also, name) VALUES ('a', '5', '["12"]', 'Ann'), ('b', '12', '["5","12"]', 'Bob')`,
);
const ids = (name: string, filter: string) => world.ask(name, { filter }).map(String);

test('relations hold the text of numbers', () => {
  expect(ids('members', "team.name = 'Five'")).toEqual(['a']);
  expect(ids('members', "team.id = '5' && team = 5")).toEqual(['a']);
  expect(ids('members', "also.name ?= 'Five'")).toEqual(['b']);
  expect(ids('teams', "members_via_team.name ?= 'Bob'")).toEqual(['12']);
  expect(ids('teams', "members_via_also.name ?= 'Ann'")).toEqual(['12']);
  expect(ids('teams', "id = '5' || id > 5 && id < 6")).toEqual(['5']);
  expect(ids('teams', "@collection.members.team ?= id && @collection.members.name ?= 'Ann'")).toEqual(['5']);
});

test('the index of a relation serves the way back', () => {
  expect(world.plan('teams', { filter: "members_via_team.name ?= 'Bob'" })).toContain('by_team (team=?)');
});
