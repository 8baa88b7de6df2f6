import type { Field } from './field.ts';

/** Whether everybody may write the field although nobody is ever shown it. */
export function isWriteOnly(field: Field): boolean {
  return 'writeOnly' in field && field.writeOnly === true;
}
