import { checksOf, type Field } from './field.ts';
import { fieldType } from './index.ts';

const TEXTS = ['Example', 'example', 'example-1', 'EXAMPLE', 'Example text', 'A1', '12345', '2030', 'a', '1'];
const NUMBERS = [42, 1, 10, 100, 0.5, 1000, -1];

/** Values that people know at a glance, by the name of the type; the first that the field takes is its sample. */
const CANDIDATES: Readonly<Record<string, readonly unknown[]>> = {
  text: TEXTS,
  editor: ['<p>Hello</p>', 'Hello'],
  email: ['someone@example.com'],
  url: ['https://example.com/page'],
  number: NUMBERS,
  bool: [true],
  date: ['2030-01-31 12:00:00.000Z'],
  json: [{ hello: 'world' }, ['hello'], 'hello', 1, true],
  password: ['correct horse battery', 'Correct-Horse-7', 'correct horse battery staple and more'],
  geoPoint: [{ lon: 13.4, lat: 52.5 }],
  integer: NUMBERS,
  real: NUMBERS,
  string: TEXTS,
  bytes: ['aGVsbG8='],
  uuid: ['01890a5d-ac96-774b-bcce-b302099a8057'],
  any: TEXTS,
  geometry: [{ type: 'Point', coordinates: [13.4, 52.5] }],
};

/** A plausible value of a field, for examples: one that it takes, if one of those thought of is. Undefined for none at all. */
export function sampleValue(field: Field): unknown {
  const type = fieldType(field);
  const candidates = [...ofOptions(field), ...(CANDIDATES[field.type] ?? [])];
  const context = { action: 'create', original: undefined, recordId: '', ...checksOf({}) } as const;
  const checks = { ...context, isGeometry: () => true };
  const values = candidates.map((each) => type.cast(each, field));
  return values.find((value) => type.validate(value, field, checks).length === 0) ?? values[0];
}

/** What the field's own options lead to. */
function ofOptions(field: Field): readonly unknown[] {
  const options: Readonly<Record<string, unknown>> = { ...field };
  const list = (key: string) => (Array.isArray(options[key]) ? options[key] : []);
  const domains = list('onlyDomains').flatMap((domain) => [`https://${domain}/page`, `someone@${domain}`]);
  const bounds = [options.min, options.max].filter(
    (bound) => field.type !== 'text' && bound !== null && bound !== 0,
  );
  const least = Number(options.minLength ?? (field.type === 'text' ? options.min : 0)) || 0;
  const long =
    least > 0 && least < 200 ? ['example '.repeat(26).slice(0, least).trimEnd().padEnd(least, 'x')] : [];
  // Plain ones first: a bound is taken where nothing better fits.
  const plain = CANDIDATES[field.type] ?? [];
  return [...list('values').slice(0, 1), ...domains, ...plain, ...long, ...bounds];
}
