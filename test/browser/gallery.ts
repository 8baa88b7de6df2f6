import { plain, quarters, svgWithScript } from '../fixtures/images.ts';
import { textAt } from '../support/json.ts';
import { adminToken } from '../support/server.ts';

/** What would show that something stored has run: it leaves a mark on the window. */
export const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

/** Fills a server that has its superuser with a gallery: artists, and works with pictures and much else. */
export async function fillGallery(base: string): Promise<void> {
  const token = await adminToken(base);
  const send = async (path: string, body: unknown): Promise<unknown> => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${base}/api/collections${path}`, {
      method: 'POST',
      headers: { authorization: token, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      body: isForm ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  const stamps = [
    { name: 'created', type: 'autodate', onCreate: true },
    { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
  ];
  const artists = await send('', {
    ...{ name: 'artists', type: 'base' },
    fields: [{ name: 'name', type: 'text', presentable: true }, ...stamps],
  });
  await send('', {
    ...{ name: 'works', type: 'base' },
    fields: [
      { name: 'title', type: 'text', presentable: true },
      { name: 'artist', type: 'relation', collectionId: textAt(artists, 'id'), maxSelect: 1 },
      { name: 'pictures', type: 'file', maxSelect: 9 },
      { name: 'price', type: 'number' },
      { name: 'sold', type: 'bool' },
      { name: 'style', type: 'select', values: ['Oil', 'Water', 'Print'], maxSelect: 2 },
      { name: 'story', type: 'editor' },
      { name: 'shop', type: 'url' },
      { name: 'facts', type: 'json' },
      ...stamps,
    ],
  });
  await send('', {
    name: 'a_very_long_name_of_a_collection_that_somebody_chose_with_care',
    type: 'base',
    fields: [],
  });
  const hostile = await send('/artists/records', { name: HOSTILE });
  const artist = await send('/artists/records', { name: 'Émilie Übersee-Grüßmann' });

  const photo = new Blob([await quarters().png().toBuffer()], { type: 'image/png' });
  const wide = new Blob([await plain(400, 120).jpeg().toBuffer()], { type: 'image/jpeg' });
  const works: readonly (readonly [Record<string, string>, readonly (readonly [string, Blob])[]])[] = [
    [
      {
        ...{
          title: HOSTILE,
          artist: textAt(hostile, 'id'),
          style: 'Oil',
          story: HOSTILE,
          facts: `{"a":"${'<b>'}"}`,
        },
        ...{ price: '12.5', sold: 'true' },
      },
      [
        ['"><script>window.hacked=1</script>.svg', new Blob([svgWithScript], { type: 'image/svg+xml' })],
        ['page.html', new Blob([`<!doctype html>${HOSTILE}`], { type: 'text/html' })],
      ],
    ],
    [
      {
        ...{ title: 'Morgenröte über dem Großglockner', artist: textAt(artist, 'id'), style: 'Water' },
        ...{
          price: '1234567.89',
          story: '<p>A <b>long</b> story of a mountain.</p>',
          shop: 'https://example.com/shop',
        },
        facts: JSON.stringify({
          size: { width: 120, height: 80 },
          tags: ['mountain', 'morning', 'red', 'snow'],
        }),
      },
      [
        ['morning.png', photo],
        ['wide.jpg', wide],
        ['notes of a very long journey over the mountains.txt', new Blob(['Notes'])],
      ],
    ],
  ];
  for (const [values, files] of works) {
    const form = new FormData();
    for (const [name, value] of Object.entries(values)) form.append(name, value);
    for (const [name, file] of files) form.append('pictures', file, name);
    await send('/works/records', form);
  }
  for (let number = 1; number <= 118; number++) {
    await send('/works/records', {
      title: `Work ${number}`,
      price: number,
      style: ['Print'],
      sold: number % 3 === 0,
    });
  }
}
