import type { FileLink, LinkedFile, SnippetPlace } from '../dialect.ts';

/** The address of a file, and those of the pictures that its field declares (specs/pocketbase.md 7). */
export function pocketbaseFileLinks(
  { collection, field, record, name }: LinkedFile,
  { origin }: Pick<SnippetPlace, 'origin'>,
): readonly FileLink[] {
  const path = ['files', collection.name, record, name].map(encodeURIComponent).join('/');
  const address = `${origin}/api/${path}`;
  const access = 'protected' in field && field.protected === true ? 'file_token' : 'anybody';
  return [
    { variant: '', address, access },
    ...declaredThumbs(field).map((size): FileLink => {
      return { variant: size, address: `${address}?thumb=${encodeURIComponent(size)}`, access };
    }),
  ];
}

function declaredThumbs(field: LinkedFile['field']): readonly string[] {
  return 'thumbs' in field && Array.isArray(field.thumbs) ? field.thumbs.map(String) : [];
}
