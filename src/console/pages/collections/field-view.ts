import { type Html, html } from '../../html.ts';
import { areaField } from '../../parts/area-field.ts';
import { selectField, textField } from '../../parts/form.ts';
import { icon } from '../../parts/icon.ts';
import type { Visit } from '../../visit.ts';
import type { ShownDefinition } from './definition-view.ts';
import { type DraftField, inputName, isFixed } from './draft.ts';
import { commonOptions, type FieldOption, optionsOfType, startsOfType } from './field-options.ts';
import type { TypedOption } from './option-text.ts';

/** A field of a definition: its place among the others, its options, and whether it goes. */
export function fieldView(visit: Visit, shown: ShownDefinition, field: DraftField): Html {
  const { definition, newCollection } = visit.texts;
  const { key, id, type, isRemoved } = field;
  const stored = shown.collection.fields.find((each) => each.id === id && id !== '');
  const name = field.name || definition.unnamed;
  const isOpen =
    key === shown.first || [...shown.messages.keys()].some((input) => input.startsWith(inputName(key, '')));
  const hidden = (option: string, value: string) =>
    html`<input type="hidden" name="${inputName(key, option)}" value="${value}">`;
  return html`<li class="field-row">
    <input type="hidden" name="field" value="${key}">${hidden('id', id)}${hidden('type', type)}
    <details${isOpen && html` open`}>
      <summary><span class="field-name">${name}</span> <span class="badge">${typeText(visit, type)}</span>${
        stored?.system && html` <span class="badge">${definition.system}</span>`
      }${isRemoved && html` <strong class="badge danger">${definition.willGo}</strong>`}</summary>
      <div class="field-options">
        ${
          stored?.system
            ? hidden('name', stored.name)
            : textField({
                ...{ name: inputName(key, 'name'), label: definition.options.name, value: field.name },
                ...{ messages: shown.messages, maxLength: 100, autocomplete: 'off' },
                isFirst: key === shown.first,
              })
        }
        ${
          isFixed(stored, shown.collection)
            ? html`<p class="hint">${newCollection.idKinds[shown.collection.idKind]}</p>`
            : [...optionsOfType[type], ...commonOptions(type)].map((option) =>
                option.isFinal && stored
                  ? finalView(visit, shown, field, option)
                  : optionView(visit, shown, field, option),
              )
        }
        <div class="buttons"><button type="submit" name="do" value="copy:${key}">${definition.copyField}</button></div>
        ${
          !stored?.system &&
          html`<label class="check"><input type="checkbox" name="${inputName(key, 'remove')}" value="1"${
            isRemoved && html` checked`
          }> ${definition.deleteField}</label>`
        }
      </div>
    </details>
    <div class="field-moves">
      <button type="submit" name="do" value="up:${key}" data-move="-1" aria-label="${definition.moveUp(name)}">${icon('up')}</button>
      <button type="submit" name="do" value="down:${key}" data-move="1" aria-label="${definition.moveDown(name)}">${icon('down')}</button>
    </div>
  </li>`;
}

/** What a type of fields is called. */
export function typeText({ texts }: Visit, type: string): string {
  return Object.entries(texts.definition.types).find(([name]) => name === type)?.[1] ?? type;
}

function optionView(visit: Visit, shown: ShownDefinition, field: DraftField, option: FieldOption): Html {
  const { definition } = visit.texts;
  const { messages } = shown;
  const name = inputName(field.key, option.name);
  const typed: TypedOption = field.options.get(option.name) ?? { text: '', value: '' };
  const label = definition.options[option.label];
  const hint = hintOf(visit, option);
  const value = typed.text;
  switch (option.kind) {
    case 'flag':
      return flag(name, label, value === '1', hint, messages.get(name));
    case 'lines':
    case 'constants':
      return areaField({ name, label, value, messages, hint, rows: 4 });
    case 'json':
      return areaField({ name, label, value, messages, hint, rows: 6, isCode: true });
    case 'collection': {
      const none = { value: '', text: '–' };
      const targets = shown.targets.map((target) => ({ value: target.id, text: target.name }));
      const options = value === '' ? [none, ...targets] : targets;
      return selectField({ name, label, value, messages, options });
    }
    case 'start': {
      const starts = startsOfType[field.type] ?? [];
      const options = starts.map((start) => ({ value: start, text: definition.defaults[start] }));
      return html`${selectField({ name, label, value, messages, options })}
        ${textField({
          ...{ name: `${name}.value`, label: definition.options.defaultValue, value: typed.value },
          messages,
        })}`;
    }
    case 'count':
    case 'length':
      return textField({ name, label, value, messages, hint, inputMode: 'numeric', autocomplete: 'off' });
    default:
      return textField({ name, label, value, messages, hint, autocomplete: 'off' });
  }
}

function hintOf({ texts }: Visit, { hint, label }: FieldOption): string | undefined {
  const { hints } = texts.definition;
  return hint === undefined ? Object.entries(hints).find(([key]) => key === label)?.[1] : hints[hint];
}

/** An option that a stored field has for good. */
function finalView({ texts }: Visit, shown: ShownDefinition, field: DraftField, option: FieldOption): Html {
  const { definition, records } = texts;
  const { text = '' } = field.options.get(option.name) ?? {};
  const target = shown.targets.find(({ id }) => id === text)?.name ?? text;
  const value = option.kind === 'flag' ? (text === '1' ? records.yes : records.no) : target;
  return html`<p class="field"><span>${definition.options[option.label]}</span> <strong>${value}</strong>
    <span class="hint">${definition.finalHint}</span></p>`;
}

function flag(
  name: string,
  label: string,
  isOn: boolean,
  hint: string | undefined,
  message: string | undefined,
): Html {
  const described = [hint && `${name}-hint`, message !== undefined && `${name}-error`].filter(Boolean);
  return html`<div class="field">
    <label class="check"><input type="checkbox" id="${name}" name="${name}" value="1"${isOn && html` checked`}${
      described.length > 0 && html` aria-describedby="${described.join(' ')}"`
    }${message !== undefined && html` aria-invalid="true"`}> ${label}</label>
    ${hint && html`<span id="${name}-hint" class="hint">${hint}</span>`}
    ${message !== undefined && html`<span id="${name}-error" class="error">${message}</span>`}
  </div>`;
}
