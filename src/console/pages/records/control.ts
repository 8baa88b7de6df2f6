import type { Collection, Field, FileFacts, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { partName, type Typed } from './typed.ts';

/** What the control of a field is made of. */
export interface Control {
  readonly visit: Visit;
  readonly collection: Collection;
  readonly field: Field;
  readonly typed: Typed;
  /** What is wrong with it, in words. */
  readonly message: string | undefined;
  /** The record as it is; undefined for a new one. */
  readonly record: RecordView | undefined;
  /** What is known of its files. */
  readonly files: readonly FileFacts[];
  /** Records that a relation can point to, with those that it does. */
  readonly choices: readonly Choice[];
}

/** A record to point to. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

/** What a control says that its field does not hold: `invalid` with this code. */
export class UnreadableInput extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`input that cannot be read: ${code}`);
    this.name = 'UnreadableInput';
    this.code = code;
  }
}

/** How fields of a type are edited. */
export interface ControlStyle {
  /** The parts of the control that are sent. Default: one. */
  readonly parts?: readonly string[];
  /** It is several controls, which have labels of their own. */
  readonly isGroup?: (field: Field) => boolean;
  /** What the control holds for a value. */
  show(value: unknown, field: Field): Typed;
  markup(control: Control): Html;
  /** What a record's input gets for what was typed. Throws {@link UnreadableInput}. */
  read(typed: Typed, field: Field): unknown;
}

/** Its own id in the page, of one of its parts. */
export function controlId({ field }: Pick<Control, 'field'>, part = ''): string {
  return partName(field.name, part).replaceAll('.', '-');
}

/** The attributes that tie a control to its hint and its message. */
export function described(control: Control): Html {
  const { message, field } = control;
  const id = controlId(control);
  const ids = [field.help !== '' && `${id}-hint`, message !== undefined && `${id}-error`].filter(Boolean);
  return html`${ids.length > 0 && html` aria-describedby="${ids.join(' ')}"`}${
    message !== undefined && html` aria-invalid="true"`
  }${field.required && html` aria-required="true"`}`;
}

/** An option of a field, where it has one of that name. */
export function optionOf(field: Field, name: string): unknown {
  return Object.entries(field).find(([key]) => key === name)?.[1];
}

/** The most values of a field that may have several; 1 for others. */
export function mostOf(field: Field): number {
  const most = optionOf(field, 'maxSelect');
  return typeof most === 'number' ? Math.max(1, most) : 1;
}

/** A list as it is, another value as a list of one, nothing as none. */
export function textsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
