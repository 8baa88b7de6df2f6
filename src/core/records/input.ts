import type { Actor } from '../actor.ts';
import type { Modifier, ValueContext } from '../fields/field.ts';
import { isWriteOnly } from '../fields/write-only.ts';
import type { RecordInput, RecordValues } from './record.ts';
import type { Column, Shape } from './shape.ts';

/** What a record becomes by an input, before anything is checked. */
export interface Draft {
  /** Every field's value. */
  readonly values: Record<string, unknown>;
  /** Names of the fields that the input set, whatever the value. */
  readonly sent: ReadonlySet<string>;
  /** What rules see as `@request.body.*`: final values of sent fields, and unknown keys as they came. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One key of an input that means a field. */
interface Assignment {
  readonly column: Column;
  readonly modifier: Modifier | undefined;
  readonly input: unknown;
}

/**
 * Applies an input to a record: plain keys first, then modifiers in the order they came, then the id and what equals it, of
 * which a new record needs one, then the server's own values.
 *
 * Only fields of the collection are taken, and hidden ones only from superusers; the password of an account is the
 * exception (specs/pocketbase.md 5). Objects here have no prototype, so that no key of a client means anything else.
 *
 * @param stored the record as it is, or undefined for a new one.
 */
export function readInput(
  shape: Shape,
  actor: Actor,
  input: RecordInput,
  stored: RecordValues | undefined,
  context: ValueContext,
): Draft {
  const values = emptyObject();
  for (const { name, type, field } of shape.columns) values[name] = stored ? stored[name] : type.zero(field);

  const sent = new Set<string>();
  const body = emptyObject();
  const modified: Assignment[] = [];
  for (const key of Object.keys(input)) {
    const assignment = assignmentOf(shape, key, input[key]);
    if (!assignment) {
      body[key] = input[key];
      continue;
    }
    const { column, modifier } = assignment;
    if (!mayWrite(actor, shape, column)) continue;
    if (modifier) {
      modified.push(assignment);
      continue;
    }
    const value = column.type.cast(assignment.input, column.field);
    // A form that shows an empty password box does not mean to remove the password.
    if (stored && shape.isAuth && column.name === 'password' && value === '') continue;
    values[column.name] = value;
    sent.add(column.name);
  }
  for (const { column, modifier, input: operand } of modified) {
    if (!modifier || !column.type.modify) continue;
    const changed = column.type.modify(values[column.name], modifier, operand, column.field, context);
    if (changed === undefined) continue;
    values[column.name] = changed;
    sent.add(column.name);
  }
  if (!stored) for (const { name } of shape.equalIds) shareId(values, sent, name);
  for (const { name, type, field } of shape.columns) {
    if (type.autofill) values[name] = type.autofill(values[name], field, context);
  }
  for (const name of sent) body[name] = ruleValue(shape, name, values[name]);
  return { values, sent, body };
}

/** What was sent of an id and the field that equals it becomes the other one, too, as if that had been sent. */
function shareId(values: Record<string, unknown>, sent: Set<string>, name: string): void {
  if (sent.has('id') === sent.has(name)) return;
  const [from, to] = sent.has('id') ? ['id', name] : [name, 'id'];
  if (values[from] === '') return;
  values[to] = values[from];
  sent.add(to);
}

/** A new object without a prototype. */
export function emptyObject(): Record<string, unknown> {
  return Object.create(null);
}

/** Rules see uploads by their names. */
function ruleValue(shape: Shape, name: string, value: unknown): unknown {
  const column = shape.byName.get(name);
  if (!column?.type.holdsFiles) return value;
  return column.type.fromDb(column.type.toDb(value, column.field), column.field);
}

function assignmentOf(shape: Shape, key: string, input: unknown): Assignment | undefined {
  const plain = shape.byName.get(key);
  if (plain) return { column: plain, modifier: undefined, input };
  const split = splitModifier(key);
  const column = split && shape.byName.get(split.name);
  return split && column?.type.modify ? { column, modifier: split.modifier, input } : undefined;
}

function splitModifier(key: string): { name: string; modifier: Modifier } | undefined {
  if (key.startsWith('+')) return { name: key.slice(1), modifier: 'prepend' };
  if (key.endsWith('+')) return { name: key.slice(0, -1), modifier: 'append' };
  if (key.endsWith('-')) return { name: key.slice(0, -1), modifier: 'subtract' };
  const suffix = ':autogenerate';
  if (key.endsWith(suffix)) return { name: key.slice(0, -suffix.length), modifier: 'autogenerate' };
  return undefined;
}

function mayWrite(actor: Actor, shape: Shape, { name, type, field }: Column): boolean {
  if (type.writable === false) return false;
  if (!field.hidden || isWriteOnly(field) || actor.kind === 'superuser') return true;
  return shape.isAuth && name === 'password';
}
