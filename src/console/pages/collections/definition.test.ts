import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { streamOf } from '../../../../test/contracts/storage.ts';
import { formInputs } from '../../../../test/support/form-inputs.ts';
import { openSignedIn, type SignedInConsole } from '../../../../test/support/signed-in-console.ts';
import { systemActor } from '../../../core/actor.ts';
import { fieldTypes } from '../../../core/fields/index.ts';
import { authGroups } from './auth-settings.ts';
import { allOptions, isFieldType, optionsOfType } from './field-options.ts';

type Inputs = [string, string][];

const PATH = '/_/collections/works/definition';
const FIELDS = [
  { name: 'title', type: 'text', required: true, max: 200, pattern: '^<?\\w+ *$' },
  { name: 'pictures', type: 'file', maxSelect: 9, mimeTypes: ['image/png'], thumbs: ['10x10'] },
  { name: 'price', type: 'number', min: -1.5 },
  { name: 'style', type: 'select', values: ['Oil', 'Water'], maxSelect: 2 },
  {
    name: 'facts',
    type: 'json',
    schema: { type: 'object' },
    default: { a: 9007199254740993n },
    nullable: false,
  },
  { name: 'count', type: 'integer', default: { kind: 'value', value: '9007199254740993' }, values: [] },
  { name: 'stamp', type: 'string', default: { kind: 'now', form: 'text' }, maxLength: 30 },
  { name: 'tag', type: 'bytes', default: { kind: 'uuid', version: 7 } },
  { name: 'mixed', type: 'any', values: [1, 'x'] },
  { name: 'day', type: 'date', min: '2026-01-01 00:00:00.000Z' },
];

let admin: SignedInConsole;

beforeEach(async () => {
  admin = await openSignedIn();
  await admin.world.core.collections.create(systemActor, {
    ...{ name: 'works', fields: FIELDS, listRule: 'title != ""' },
    indexes: ['CREATE INDEX idx_works_title ON works (title)'],
  });
});
afterEach(() => admin.world.close());

const works = () => admin.world.core.collections.get('works');
const find = (name: string) => works().fields.find((field) => field.name === name);
const opened = async () => formInputs((await admin.get(PATH)).text, 'definition');
const send = (inputs: Inputs, wanted: string, more: Inputs = []) =>
  admin.post(PATH, [...inputs.filter(([name]) => name !== 'newType'), ...more, ['do', wanted]]);

/** What is none of an admin's business, or never taken for the type. */
function notFor(type: string): readonly string[] {
  if (type === 'text') return ['primaryKey'];
  return type === 'geometry' ? ['default', 'values'] : [];
}

/** The paths of all that is in an object. */
function pathsOf(object: object): readonly string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? pathsOf(value).map((inner) => `${key}.${inner}`) : [key];
  });
}

/** Makes a work with two styles and a file of each text. */
async function addWork(texts: readonly string[]): Promise<void> {
  const { records, collections } = admin.world.core;
  const field = works().fields.find(({ name }) => name === 'pictures');
  if (field === undefined) throw new Error('no field');
  await collections.update(systemActor, 'works', {
    fields: works().fields.map((each) => ({ ...each, ...(each.id === field.id && { mimeTypes: [] }) })),
  });
  const intake = await records.admit(systemActor, works(), undefined);
  const pictures = [];
  for (const text of texts) {
    const stream = streamOf(new TextEncoder().encode(text));
    pictures.push(await intake.receive(find('pictures') ?? field, { filename: `${text}.txt`, stream }));
  }
  const values = { title: 'Morning', facts: {}, style: ['Oil', 'Water'], pictures };
  await records.create(systemActor, works(), values, { intake });
}

/** The name of an input of the field that has a name. */
function inputOf(inputs: Inputs, field: string, option: string): string {
  const [name = ''] = inputs.find(([input, value]) => input.endsWith('.name') && value === field) ?? [];
  return name.replace(/\.name$/, `.${option}`);
}

/** The inputs with another value for one of them. */
function typed(inputs: Inputs, name: string, value: string): Inputs {
  return [...inputs.filter(([input]) => input !== name), [name, value]];
}

/** The review's own inputs, which its button sends. */
function carried(review: string): Inputs {
  return formInputs(review.replace('<form action="/_/collections/', '<form id="x" "'), 'x');
}

describe('a definition', () => {
  test('that is opened and sent back as it is changes nothing, whatever its options are', async () => {
    const before = works();
    const inputs = await opened();
    const { answer, text } = await send(inputs, 'review');
    expect(answer.status).toBe(200);
    expect(text).toContain('Nothing changes.');
    expect(text).not.toContain('value="apply"');
    expect((await send(inputs, 'apply')).answer.status).toBe(303);
    const { version: _, updated: __, ...after } = works();
    expect(before).toMatchObject(after);
  });

  test('has inputs for the options of every type', () => {
    expect(Object.keys(optionsOfType).toSorted()).toEqual(fieldTypes.map(({ type }) => type).toSorted());
  });

  // What parsers ask of a definition is what can be said in it, optional or not.
  test.each(fieldTypes.map((type) => [type.type, type] as const))(
    'has an input for every option of %s',
    (name, type) => {
      const asked = new Set<string>();
      const input = new Proxy<Record<string, unknown>>(
        {},
        {
          getOwnPropertyDescriptor(target, key) {
            asked.add(String(key));
            return Reflect.getOwnPropertyDescriptor(target, key);
          },
          get(target, key) {
            asked.add(String(key));
            return Reflect.get(target, key);
          },
        },
      );
      type.parse(input, {
        ...{ id: 'x', name: 'x', type: name, help: '' },
        ...{ system: false, hidden: false, presentable: false, required: false },
      });
      const shown = new Set(allOptions(isFieldType(name) ? name : 'text').map((option) => option.name));
      const missing = [...asked].filter((key) => !shown.has(key) && !notFor(name).includes(key));
      expect(missing).toEqual([]);
    },
  );

  test('has an input for every setting of accounts that has an effect', () => {
    const { auth } = admin.world.core.collections.get('users');
    const paths = pathsOf({ ...auth }).filter(
      (path) =>
        !/^(?:authRule|manageRule|mfa|oauth2|authAlert|otp\.(?:duration|length))\b|secret$/.test(path),
    );
    const shown = authGroups.flatMap(({ settings }) => settings.map(({ path }) => path));
    expect(shown.toSorted()).toEqual(paths.toSorted());
  });

  test('gets a new field of any type after a review', async () => {
    for (const { type } of fieldTypes) {
      const added = await send(await opened(), 'add', [['newType', type]]);
      expect(added.text).toContain('autofocus');
      let inputs = formInputs(added.text, 'definition');
      const key = inputs.filter(([name]) => name === 'field').at(-1)?.[1];
      inputs = typed(inputs, `f.${key}.name`, `new_${type}`);
      if (type === 'select') inputs = typed(inputs, `f.${key}.values`, 'a\r\nb');
      if (type === 'relation') inputs = typed(inputs, `f.${key}.collectionId`, works().id);
      const review = await send(inputs, 'review');
      expect(review.text).toContain(`The field “new_${type}” is added.`);
      expect(find(`new_${type}`)).toBeUndefined();
      expect((await admin.post(PATH, [...carried(review.text), ['do', 'apply']])).answer.status).toBe(303);
      expect(find(`new_${type}`)?.type).toBe(type);
    }
    expect(find('new_select')).toMatchObject({ values: ['a', 'b'], maxSelect: 1 });
  });

  test('says what is lost with a field, and renames another with its index and values', async () => {
    await addWork(['one', 'three']);
    await admin.world.core.records.create(systemActor, works(), { title: 'Evening', facts: {} });
    let inputs = await opened();
    inputs = typed(inputs, inputOf(inputs, 'pictures', 'remove'), '1');
    inputs = typed(inputs, inputOf(inputs, 'title', 'name'), 'heading');
    inputs = inputs.filter(([name]) => name !== 'listRule');
    await admin.world.core.collections.update(systemActor, 'works', { listRule: null });
    const { text } = await send(inputs, 'review');
    expect(text).toContain('The field “pictures” is deleted, with its values in 1 record.');
    expect(text).toContain('All files in “pictures” are deleted: 2 files (8 bytes).');
    expect(text).toContain('The field “title” becomes “heading”.');
    const agree = (confirm: string) =>
      admin.post(PATH, typed([...carried(text), ['do', 'apply']], 'confirm', confirm));
    for (const confirm of ['', 'work']) {
      const refused = await agree(confirm);
      expect([confirm, refused.answer.status]).toEqual([confirm, 422]);
      expect(refused.text).toContain('id="confirm-error"');
      expect(find('pictures')).toBeDefined();
    }
    expect((await agree('works')).answer.status).toBe(303);
    expect(find('pictures')).toBeUndefined();
    expect(works().indexes.join()).toContain('heading');
    const page = await admin.world.core.records.list(systemActor, works(), { page: 1, perPage: 1 });
    expect(page.items[0]?.values.heading).toBe('Morning');
  });

  test('says that a list which becomes one value loses the others', async () => {
    await addWork(['one', 'three']);
    let inputs = await opened();
    for (const name of ['pictures', 'style']) inputs = typed(inputs, inputOf(inputs, name, 'maxSelect'), '1');
    const { text } = await send(inputs, 'review');
    expect(text).toContain(
      'Of the files in “pictures”, each record keeps only the last. Deleted are 1 file (3 bytes).',
    );
    expect(text).toContain(
      'Of the values of “style”, each record keeps only the last. Others are lost in 1 record.',
    );
    expect(text).toContain('name="confirm"');
  });

  test.each([
    ['title', 'max', 'many', 'This is no whole number from 0.'],
    ['price', 'min', 'x', 'This is no number.'],
    ['facts', 'schema', '{', 'This is no JSON.'],
    ['price', 'name', 'title', 'Two fields have this name.'],
    ['title', 'name', '<b>', 'Letters without accents, digits and _ only, and no spaces.'],
    ['title', 'pattern', '(', 'The pattern cannot be read.'],
    ['pictures', 'thumbs', 'big', 'Sizes of pictures look like 200x100.'],
  ])('keeps %s.%s = %s and says at it what is wrong', async (field, option, value, message) => {
    const inputs = await opened();
    const name = inputOf(inputs, field, option);
    const { answer, text } = await send(typed(inputs, name, value), 'review');
    expect(answer.status).toBe(422);
    expect(text).toContain(`id="${name}-error" class="error">${message}`);
    expect(new Map(formInputs(text, 'definition')).get(name)).toBe(value);
    expect(text).not.toContain('<b>');
  });

  test('says at an index that it is not possible', async () => {
    const { answer, text } = await send(await opened(), 'review', [['index', 'DROP TABLE works']]);
    expect(answer.status).toBe(422);
    expect(text).toContain('id="index.1-error"');
    expect(text).toContain('value="DROP TABLE works"');
  });

  test('moves fields by their buttons, and the order is saved', async () => {
    const inputs = await opened();
    const key = inputOf(inputs, 'pictures', '').split('.')[1];
    const moved = formInputs((await send(inputs, `up:${key}`)).text, 'definition');
    const { text } = await send(moved, 'review');
    expect(text).toContain('Only the definition changes.');
    await admin.post(PATH, [...carried(text), ['do', 'apply']]);
    expect(
      works()
        .fields.slice(0, 3)
        .map(({ name }) => name),
    ).toEqual(['id', 'pictures', 'title']);
  });

  test('of hundreds of fields has the last one renamed, and another added', async () => {
    const { core } = admin.world;
    const many = Array.from({ length: 400 }, (_, at) => ({ name: `f${at}`, type: 'text' }));
    await core.collections.create(systemActor, { name: 'wide', fields: many });
    const path = '/_/collections/wide/definition';
    let inputs = formInputs((await admin.get(path)).text, 'definition').filter(
      ([name]) => name !== 'newType',
    );
    inputs = typed(inputs, inputOf(inputs, 'f399', 'name'), 'last');
    const review = await admin.post(path, [...inputs, ['do', 'review']]);
    expect(review.text).toContain('The field “f399” becomes “last”.');
    const added = await admin.post(path, [...inputs, ['newType', 'text'], ['do', 'add']]);
    expect(formInputs(added.text, 'definition').filter(([name]) => name === 'field')).toHaveLength(402);
  });

  test('keeps its rules true to fields and a collection that get another name', async () => {
    const { core } = admin.world;
    const rule = 'title != "" && @collection.works.title ?!= @request.body.title';
    await core.collections.update(systemActor, 'works', { listRule: rule, viewRule: 'price > 0' });
    let inputs = await opened();
    inputs = typed(inputs, inputOf(inputs, 'title', 'name'), 'heading');
    inputs = typed(inputs, 'name', 'opera');
    const review = await send(inputs, 'review');
    const becomes = 'heading != "" && @collection.opera.heading ?!= @request.body.heading';
    expect(review.text).toContain(
      `<code>${becomes.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}</code>`,
    );
    expect((await admin.post(PATH, [...carried(review.text), ['do', 'apply']])).answer.status).toBe(303);
    expect(core.collections.get('opera').rules).toMatchObject({ list: becomes, view: 'price > 0' });
  });

  test('says which rules of other collections stop working', async () => {
    await admin.world.core.collections.create(systemActor, {
      ...{ name: 'notes', viewRule: '@collection.works.price > 5' },
    });
    const inputs = await opened();
    const { text } = await send(typed(inputs, inputOf(inputs, 'price', 'name'), 'cost'), 'review');
    expect(text).toContain('Rules elsewhere that stop working');
    expect(text).toMatch(/\/_\/collections\/notes\/rules">notes<\/a>: <code>viewRule<\/code>/);
    const plain = await send(typed(inputs, inputOf(inputs, 'price', 'help'), 'In euros'), 'review');
    expect(plain.text).not.toContain('Rules elsewhere');
  });

  test('that somebody else changed meanwhile is told, and their new field stays', async () => {
    let inputs = await opened();
    inputs = typed(inputs, inputOf(inputs, 'title', 'help'), 'Mine');
    const review = await send(inputs, 'review');
    const fields = [...works().fields, { name: 'theirs', type: 'text' }];
    await admin.world.core.collections.update(systemActor, 'works', { fields });
    const late = await admin.post(PATH, [...carried(review.text), ['do', 'apply']]);
    expect(late.answer.status).toBe(409);
    expect(late.text).toContain('Somebody else changed this collection');
    expect(find('title')?.help).toBe('');
    expect((await admin.post(PATH, [...carried(late.text), ['do', 'apply']])).answer.status).toBe(303);
    expect(find('title')?.help).toBe('Mine');
    expect(find('theirs')).toBeDefined();
  });

  test('of accounts changes lifetimes and e-mails, keeps secrets, and shows none', async () => {
    const path = '/_/collections/users/definition';
    const secret = () => admin.world.core.collections.get('users').auth?.authToken.secret ?? '?';
    const before = secret();
    let inputs = formInputs((await admin.get(path)).text, 'definition');
    expect((await admin.post(path, [...inputs, ['do', 'review']])).text).toContain('Nothing changes.');
    inputs = typed(inputs, 'auth.authToken.duration', '3600');
    inputs = typed(inputs, 'auth.verificationTemplate.subject', 'Welcome <b>');
    const { text } = await admin.post(path, [...inputs, ['do', 'review']]);
    expect(text).toContain('<code>3600</code>');
    expect(text).not.toContain(before);
    expect(text).not.toContain('Welcome <b>');
    await admin.post(path, [...carried(text), ['do', 'apply']]);
    expect(admin.world.core.collections.get('users').auth).toMatchObject({
      authToken: { duration: 3600, secret: before },
      verificationTemplate: { subject: 'Welcome <b>' },
    });
  });

  test.each([
    ['authToken.duration', 'soon', 'This is no whole number from 0.'],
    ['authToken.duration', '1', 'At least 10.'],
    ['passwordAuth.identityFields', 'email\nname', 'One of the fields has no unique index of its own.'],
    ['otp.emailTemplate.body', '', 'This is needed.'],
  ])('of accounts says at %s what is wrong with %j', async (setting, value, message) => {
    const path = '/_/collections/users/definition';
    const inputs = formInputs((await admin.get(path)).text, 'definition');
    const name = `auth.${setting}`;
    const wrong = await admin.post(path, [...typed(inputs, name, value), ['do', 'review']]);
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain(`id="${name}-error" class="error">${message}`);
  });

  test('has a field once more, and an index of columns that were chosen', async () => {
    let inputs = await opened();
    const key = inputOf(inputs, 'style', '').split('.')[1];
    inputs = formInputs((await send(inputs, `copy:${key}`)).text, 'definition');
    const chosen: Inputs = [
      ['index.column.1', 'price'],
      ['index.column.2', 'title'],
      ['index.down.2', '1'],
      ['index.column.3', 'x`; DROP TABLE works'],
      ['index.unique', '1'],
    ];
    const without = inputs.filter(([name]) => !name.startsWith('index.'));
    const built = await send(without, 'buildIndex', chosen);
    inputs = formInputs(built.text, 'definition');
    const { text } = await send(inputs, 'review');
    expect((await admin.post(PATH, [...carried(text), ['do', 'apply']])).answer.status).toBe(303);
    expect(find('style_copy')).toMatchObject({ type: 'select', values: ['Oil', 'Water'], maxSelect: 2 });
    expect(find('style')?.id).not.toBe(find('style_copy')?.id);
    expect(works().indexes).toContain(
      'CREATE UNIQUE INDEX `idx_works_price_title` ON `works` (`price`, `title` DESC)',
    );
  });

  test('never changes where a relation leads, nor whether it is the id', async () => {
    const { core } = admin.world;
    const relation = { name: 'work', type: 'relation', collectionId: works().id, equalsId: true };
    await core.collections.create(systemActor, { name: 'notes', fields: [relation] });
    const path = '/_/collections/notes/definition';
    const { text: page } = await admin.get(path);
    expect(page).toContain('It cannot be changed later.');
    const inputs = formInputs(page, 'definition');
    const name = inputOf(inputs, 'work', 'collectionId');
    const forged: Inputs = [...inputs, [name, core.collections.get('users').id], ['do', 'apply']];
    expect((await admin.post(path, forged)).answer.status).toBe(303);
    const field = core.collections.get('notes').fields.find((each) => each.name === 'work');
    expect(field).toMatchObject({ collectionId: works().id, equalsId: true });
  });

  test('of accounts keeps its system fields', async () => {
    const path = '/_/collections/users/definition';
    const inputs = formInputs((await admin.get(path)).text, 'definition');
    const email = inputOf(inputs, 'email', 'remove');
    const body: Inputs = [...inputs, [email, '1'], ['do', 'apply']];
    await admin.post(path, body);
    expect(admin.world.core.collections.get('users').fields.some(({ name }) => name === 'email')).toBe(true);
  });
});

describe('the end of a collection', () => {
  test('needs its name, and takes the records or all of it', async () => {
    const { core } = admin.world;
    await core.records.create(systemActor, works(), { title: 'Morning', facts: {} });
    const wrong = await admin.post('/_/collections/works/truncation', { confirm: 'work' });
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain('id="truncation-error"');
    expect(wrong.text).not.toContain('href="/_/collections/works/truncation"');
    expect(await core.records.count(systemActor, works())).toBe(1);
    const path = '/_/collections/works/';
    expect((await admin.post(`${path}truncation`, { confirm: 'works' })).answer.status).toBe(303);
    expect(await core.records.count(systemActor, works())).toBe(0);
    expect((await admin.post(`${path}deletion`, { confirm: '' })).answer.status).toBe(422);
    expect((await admin.post(`${path}deletion`, { confirm: 'works' })).location).toBe('/_/collections');
    expect(core.collections.schema.byName('works')).toBeUndefined();
  });

  test('is refused while relations lead to it, and says which', async () => {
    const relation = { name: 'work', type: 'relation', collectionId: works().id };
    await admin.world.core.collections.create(systemActor, { name: 'notes', fields: [relation] });
    const { answer, text } = await admin.post('/_/collections/works/deletion', { confirm: 'works' });
    expect(answer.status).toBe(422);
    expect(text).toContain('relations of notes lead here');
  });

  test('of its records is refused while others need one of them', async () => {
    const { core } = admin.world;
    const relation = {
      name: 'work',
      type: 'relation',
      collectionId: works().id,
      maxSelect: 1,
      required: true,
    };
    const notes = await core.collections.create(systemActor, { name: 'notes', fields: [relation] });
    const work = await core.records.create(systemActor, works(), { title: 'Morning', facts: {} });
    await core.records.create(systemActor, notes, { work: String(work.values.id) });
    const { answer, text } = await admin.post('/_/collections/works/truncation', { confirm: 'works' });
    expect(answer.status).toBe(422);
    expect(text).toContain('records of another collection need some of these');
    expect(await core.records.count(systemActor, works())).toBe(1);
  });
});
