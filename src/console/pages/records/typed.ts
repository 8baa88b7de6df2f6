import { createHash } from 'node:crypto';
import type { Form } from '../../visit.ts';

/**
 * What the controls of one field hold, as texts by the part of the control; '' is the only or main part. Blank texts are left
 * out, so that a part that was left empty is as one that is not there.
 */
export type Typed = ReadonlyMap<string, readonly string[]>;

/** The name of a part of a field's control in a form. */
export function partName(field: string, part: string): string {
  return part === '' ? `f.${field}` : `f.${field}.${part}`;
}

/** The hidden input that says what a field's control held when the form was made. */
export function baseName(field: string): string {
  return `base.${field}`;
}

/** Makes {@link Typed} of one text, or of the texts of several parts. */
export function typedOf(parts: Readonly<Record<string, string | readonly string[]>>): Typed {
  const typed = new Map<string, readonly string[]>();
  for (const [part, texts] of Object.entries(parts)) {
    const kept = (typeof texts === 'string' ? [texts] : texts).map(oneEnding).filter((text) => text !== '');
    if (kept.length > 0) typed.set(part, kept);
  }
  return typed;
}

/** Reads the parts of a field's control from a form. */
export function readTyped(form: Form, field: string, parts: readonly string[]): Typed {
  return typedOf(Object.fromEntries(parts.map((part) => [part, form.all(partName(field, part))])));
}

/** The first text of a part, '' where there is none. */
export function textIn(typed: Typed, part = ''): string {
  return typed.get(part)?.[0] ?? '';
}

/** A short text that differs when what was typed does. */
export function markOf(typed: Typed): string {
  const sorted = [...typed].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 12);
}

/** Browsers send lines of a text area with CRLF, whatever they were shown with, and no page can hold U+0000. */
function oneEnding(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');
}
