import type { IdKind } from '../collections/collection.ts';

/**
 * The options of an `id` field that make ids of each kind. Those of integers only tell the kind: what an id may be is said by
 * {@link isIntegerId} and {@link isChosenInteger}.
 */
export const idShapes = {
  text: { min: 15, max: 15, pattern: '^[a-z0-9]+$', autogeneratePattern: '[a-z0-9]{15}' },
  integer: { min: 0, max: 18, pattern: '^[1-9][0-9]{0,17}$', autogeneratePattern: '' },
  uuid: {
    min: 36,
    max: 36,
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$',
    autogeneratePattern: '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
  },
} as const satisfies Record<
  IdKind,
  { min: number; max: number; pattern: string; autogeneratePattern: string }
>;

/**
 * Which kind of id an `id` field makes, read from its patterns: `integer` and `uuid` only for exactly the options in
 * {@link idShapes}, `text` for all else.
 */
export function shapeOf(field: { readonly pattern: string; readonly autogeneratePattern: string }): IdKind {
  if (field.autogeneratePattern === idShapes.uuid.autogeneratePattern) return 'uuid';
  const { pattern, autogeneratePattern } = idShapes.integer;
  return field.pattern === pattern && field.autogeneratePattern === autogeneratePattern ? 'integer' : 'text';
}

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
/** Numbers that are left to the database, which counts up from the largest id that there ever was. */
const ROOM = 2n ** 32n;

/** Whether a text is an integer of 64 bits in its one spelling, which is how the core writes integer ids. */
export function isIntegerId(text: string): boolean {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false;
  // Most are short, and need no look at their value.
  return text.length < 19 || (BigInt(text) >= LEAST && BigInt(text) <= MOST);
}

/** Whether a client may choose this integer id: none so large that no record could be numbered after it. */
export function isChosenInteger(text: string): boolean {
  return isIntegerId(text) && BigInt(text) <= MOST - ROOM;
}

/** Characters that no id has, whatever its pattern: ids appear in paths, URLs and filters. */
export const FORBIDDEN_KEY_CHARACTERS = /[./\\|"'`<>:?*%$ \t\r\n\0]/;

const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9])$/i;

/** Names that Windows takes for devices. */
export function isReservedDeviceName(text: string): boolean {
  return DEVICE.test(text);
}
