import { expect, test } from 'bun:test';
import { collection, createNewsroom } from '../../../test/support/newsroom.ts';

const numbered = { idKind: 'integer' } as const;
const squads = collection('squads', 'name:text', numbered);
const fields = squads.fields.map((field) =>
  field.name === 'id' ? { ...field, pattern: '^[1-9][0-9]{0,17}$', autogeneratePattern: '' } : field,
);
const world = createNewsroom([
  { ...squads, fields },
  collection('players', 'team:relation>squads also:relation*>squads name:text', {
    indexes: ['CREATE INDEX by_team ON players (team)'],
  }),
]);
world.database.run(
  "INSERT INTO squads (id, name) VALUES (5, 'Five'), (12, 'Twelve'), (-9223372036854775808, 'Least')",
);
world.database.run(
  `INSERT INTO players (id, team, also, name) VALUES ('a', '5', '["12"]', 'Ann'), ('b', '12', '["5","12"]', 'Bob'),
    ('c', '-9223372036854775808', '["-9223372036854775808"]', 'Cas')`,
);
const ids = (name: string, filter: string) => world.ask(name, { filter }).map(String);

test('relations hold the text of numbers', () => {
  expect(ids('players', "team.name = 'Five'")).toEqual(['a']);
  expect(ids('players', "team.id = '5' && team = 5")).toEqual(['a']);
  expect(ids('players', "also.name ?= 'Five'")).toEqual(['b']);
  expect(ids('squads', "players_via_team.name ?= 'Bob'")).toEqual(['12']);
  expect(ids('players', "team.name = 'Least' && also.name ?= 'Least'")).toEqual(['c']);
  expect(ids('squads', "players_via_team.name ?= 'Cas'")).toBeArrayOfSize(1);
  expect(ids('squads', "players_via_also.name ?= 'Ann'")).toEqual(['12']);
  expect(ids('squads', "id = '5' || id > 5 && id < 6")).toEqual(['5']);
  expect(ids('squads', "@collection.players.team ?= id && @collection.players.name ?= 'Ann'")).toEqual(['5']);
});

test('the index of a relation serves the way back', () => {
  expect(world.plan('squads', { filter: "players_via_team.name ?= 'Bob'" })).toContain('by_team (team=?)');
});
