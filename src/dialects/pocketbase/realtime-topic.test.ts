import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readTopic } from './realtime-topic.ts';

const withOptions = (topic: string, options: unknown) =>
  `${topic}?options=${encodeURIComponent(JSON.stringify(options))}`;

describe('a topic', () => {
  test.each([
    ['posts/*', 'posts', undefined],
    ['posts', 'posts', undefined],
    ['posts/abc', 'posts', 'abc'],
    ['posts/*?options=', 'posts', undefined],
    ['pbc_123/abc?x=1', 'pbc_123', 'abc'],
  ])('%s is about records', (text, collection, record) => {
    expect(readTopic(text).topic).toMatchObject({ collection, tag: text });
    expect(readTopic(text).topic?.record).toBe(record);
  });

  test.each(['', '/', '/*', 'posts/', 'a/b/c', '?options={}'])('%p is one of its own', (text) => {
    expect(readTopic(text)).toEqual({ topic: undefined, fields: undefined });
  });
});

describe('options', () => {
  test('give filter, expand and fields, and what rules may see', () => {
    const query = { filter: 'a = 1', expand: 'b', fields: 'c', n: 1, on: true, none: null, list: [1] };
    const { topic, fields } = readTopic(
      withOptions('posts/*', { query, headers: { 'X-Token': 't', aB: 2 } }),
    );
    expect(topic).toMatchObject({ filter: 'a = 1', expand: 'b' });
    expect(fields).toBe('c');
    const texts = { ...query, n: '1', on: 'true', none: '', list: '' };
    expect({ ...topic?.facts?.query }).toEqual(texts);
    expect({ ...topic?.facts?.headers }).toEqual({ x_token: 't', a_b: '2' });
  });

  test('that are none count as none', () => {
    for (const text of [
      'posts/*?options={',
      'posts/*?options=1',
      'posts/*?options=[]',
      'posts/*?options=null',
    ]) {
      const { topic, fields } = readTopic(text);
      expect([topic?.filter, topic?.expand, fields]).toEqual([undefined, undefined, undefined]);
    }
  });

  test('of no kind make it fail', () => {
    const part = fc.constantFrom(
      'posts',
      '/',
      '*',
      '?',
      'options=',
      '%7B',
      '{',
      '"query":',
      '}',
      '&',
      '%',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const { topic } = readTopic(text);
        if (topic) expect(topic.tag).toBe(text);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (options) => {
        expect(readTopic(withOptions('posts/*', options)).topic?.collection).toBe('posts');
      }),
      { numRuns: 200 },
    );
  });
});
