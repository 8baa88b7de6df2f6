import { type Html, html } from '../../html.ts';
import { selectField } from '../../parts/form.ts';
import type { Form, Visit } from '../../visit.ts';
import type { Draft } from './draft.ts';

/** Columns that an index of the builder can have. */
const COLUMNS = [1, 2, 3] as const;

/** Chooses the columns of an index, their order, and whether it is unique; its button writes the statement. */
export function indexBuilder({ texts }: Visit, { fields }: Draft): Html {
  const { definition } = texts;
  const names = ['id', ...fields.map(({ name }) => name)].filter(Boolean);
  const options = [...new Set(names)].map((value) => ({ value, text: value }));
  return html`<details class="card wide">
    <summary>${definition.buildIndex}</summary>
    <div class="field-options">
      ${COLUMNS.map(
        (at) => html`<div>${selectField({
          ...{ name: `index.column.${at}`, label: definition.indexColumn(at), value: '' },
          options: [{ value: '', text: '–' }, ...options],
        })}
        <label class="check"><input type="checkbox" name="index.down.${at}" value="1"> ${definition.indexDown(at)}</label></div>`,
      )}
      <div class="field"><label class="check"><input type="checkbox" name="index.unique" value="1"> ${definition.indexUnique}</label></div>
    </div>
    <button type="submit" name="do" value="buildIndex">${definition.addIndex}</button>
  </details>`;
}

/** The draft with the index that was chosen; as it is where no column was. */
export function withBuiltIndex(draft: Draft, form: Form, collection: string): Draft {
  const known = new Set(['id', ...draft.fields.map(({ name }) => name)]);
  const columns = COLUMNS.map((at) => ({
    name: form.get(`index.column.${at}`),
    isDown: form.get(`index.down.${at}`) === '1',
  })).filter(({ name }) => /^\w+$/.test(name) && known.has(name));
  const names = [...new Set(columns.map(({ name }) => name))];
  if (names.length === 0) return draft;
  const listed = names.map((name) => {
    const isDown = columns.find((column) => column.name === name)?.isDown === true;
    return `\`${name}\`${isDown ? ' DESC' : ''}`;
  });
  const taken = draft.indexes.join('\n');
  const plain = `idx_${collection}_${names.join('_')}`.slice(0, 60);
  let index = plain;
  for (let number = 2; taken.includes(index); number++) index = `${plain}_${number}`;
  const unique = form.get('index.unique') === '1' ? 'UNIQUE ' : '';
  const statement = `CREATE ${unique}INDEX \`${index}\` ON \`${collection}\` (${listed.join(', ')})`;
  return { ...draft, indexes: [...draft.indexes.filter(Boolean), statement] };
}
