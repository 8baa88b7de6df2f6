import type { Collection } from '../../core/index.ts';
import { jsLiteral } from '../../lib/code.ts';
import type { Snippet } from '../dialect.ts';

type Field = Collection['fields'][number];

const PLAIN: Readonly<Record<string, string>> = {
  ...{ number: 'number', bool: 'boolean', json: 'unknown', geoPoint: '{ lon: number; lat: number }' },
  ...{ integer: 'number', real: 'number', any: 'string | number', geometry: 'object' },
};

/** The records of a collection as an interface of TypeScript: what clients get, without what is hidden from them. */
export function typeSnippet(client: string, { name, fields }: Collection): Snippet {
  const shown = fields.filter(({ hidden, type }) => !hidden && type !== 'password');
  const members = shown.map((field) => `  ${keyOf(field.name)}: ${typeOf(field)};`);
  const type = typeName(name);
  const lines = [
    `export interface ${type} {`,
    ...members,
    '  collectionId: string;',
    '  collectionName: string;',
    '}',
  ];
  return {
    ...{ action: 'types', client, language: 'ts', title: 'Types' },
    about: `Give it to the calls of the client, such as getOne<${type}>(id).`,
    code: `${lines.join('\n')}\n`,
  };
}

function typeName(name: string): string {
  const words = name.split('_').filter(Boolean);
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? `${joined}Record` : `Record${joined}`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : jsLiteral(name);
}

function typeOf(field: Field): string {
  const isList = 'maxSelect' in field && Number(field.maxSelect) > 1;
  const isNullable = 'nullable' in field && field.nullable === true;
  const one = valuesOf(field) ?? PLAIN[field.type] ?? 'string';
  if (isList) return one.includes(' | ') ? `(${one})[]` : `${one}[]`;
  return isNullable ? `${one} | null` : one;
}

/** The values of a choice; one that need not be made may be ''. */
function valuesOf(field: Field): string | undefined {
  if (field.type !== 'select' || !('values' in field) || !Array.isArray(field.values)) return undefined;
  const isList = 'maxSelect' in field && Number(field.maxSelect) > 1;
  const values = field.values.map(String);
  return [...values, ...(field.required || isList ? [] : [''])].map((value) => jsLiteral(value)).join(' | ');
}
