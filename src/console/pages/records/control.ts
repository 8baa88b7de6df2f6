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
  /** Records that a relation can point to, with those that it does; undefined for what is no relation. */
  readonly choices: Choices | undefined;
  /** Goes before the ids of its elements, where a page may hold another form. */
  readonly scope: string;
  /** Its form cannot wait on the server until a record for it is made: that takes script. */
  readonly cannotWait?: boolean;
}

/** A record to point to. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  /** The path of a small picture of it. */
  readonly picture?: string;
}

/** What a relation offers. */
export interface Choices {
  /** Those that are chosen, in their order. */
  readonly chosen: readonly Choice[];
  /** Others, of those that the search finds. */
  readonly offered: readonly Choice[];
  /** How many others were asked for. */
  readonly shown: number;
  readonly hasMore: boolean;
  readonly search: string;
  /** The collection of the records; undefined where it is gone. */
  readonly target: Collection | undefined;
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
export function controlId({ field, scope }: Pick<Control, 'field' | 'scope'>, part = ''): string {
  return scope + partName(field.name, part).replaceAll('.', '-');
}

/** What stands below a control; undefined where nothing needs to be said. */
export function hintOf({ visit, field }: Pick<Control, 'visit' | 'field'>): string | undefined {
  const { form: recordForm } = visit.texts.records;
  if (field.help !== '') return field.help;
  if (field.name === 'id') return recordForm.idHint;
  return field.type === 'json' || field.type === 'geometry' ? recordForm.jsonHint : undefined;
}

/** The attributes that tie a control to its hint and its message. */
export function described(control: Control): Html {
  const { message, field } = control;
  const id = controlId(control);
  const ids = [hintOf(control) !== undefined && `${id}-hint`, message !== undefined && `${id}-error`].filter(
    Boolean,
  );
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
