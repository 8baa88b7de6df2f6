import type { Collection, Field } from '../../../core/index.ts';
import { anyControl, columnTextControl } from './column-controls.ts';
import type { ControlStyle } from './control.ts';
import { optionOf } from './control.ts';
import { dateControl } from './date-control.ts';
import { editorControl } from './editor-control.ts';
import { fileControl } from './file-control.ts';
import { geoControl } from './geo-control.ts';
import { jsonControl } from './json-control.ts';
import {
  boolControl,
  columnNumberControl,
  lineControl,
  selectControl,
  textControl,
} from './plain-controls.ts';
import { relationControl } from './relation-control.ts';
import { secretControl } from './secret-control.ts';

const styles: ReadonlyMap<string, ControlStyle> = new Map(
  Object.entries({
    text: textControl,
    email: lineControl('email'),
    url: lineControl('url'),
    number: lineControl('decimal'),
    bool: boolControl,
    editor: editorControl,
    date: dateControl,
    select: selectControl,
    json: jsonControl,
    file: fileControl,
    relation: relationControl,
    password: secretControl,
    geoPoint: geoControl,
    integer: columnNumberControl,
    real: columnNumberControl,
    uuid: columnNumberControl,
    string: columnTextControl,
    bytes: columnTextControl,
    any: anyControl,
    geometry: jsonControl,
  }),
);

/** How a field is edited. Of a type that nobody drew a control for, as text. */
export function controlOf(field: Field): ControlStyle {
  return optionOf(field, 'writeOnly') === true ? secretControl : (styles.get(field.type) ?? textControl);
}

/** The fields that a form asks for: not what the server sets or keeps for itself, and an id only for a new record. */
export function editableFields({ fields }: Collection, isNew: boolean): readonly Field[] {
  return fields.filter(({ name, type, system, hidden }) => {
    if (type === 'autodate') return false;
    if (name === 'id') return isNew;
    return type === 'password' || !(system && hidden);
  });
}
