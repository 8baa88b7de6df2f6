import { type Html, html } from '../../html.ts';
import { noMessages, selectField, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { exact, LIVE, methods, REQUESTS, type RequestsState, requestsPath } from './requests-state.ts';

/** The form that chooses entries, for the log and for its live view, which has no time. */
export function filterForm({ texts }: Visit, state: RequestsState, isLive: boolean): Html {
  const { requests, records, files } = texts;
  const action = isLive ? LIVE : REQUESTS;
  const any = { value: '', text: files.any };
  return html`<form class="toolbar filters" action="${action}" method="get" role="search">
    ${exact.map((name) => state[name] !== '' && html`<input type="hidden" name="${name}" value="${state[name]}">`)}
    ${
      !isLive &&
      selectField({
        ...{ name: 'span', label: requests.span, value: state.span },
        options: [
          { value: 'hour', text: requests.spans.hour },
          { value: 'day', text: requests.spans.day },
          { value: 'week', text: requests.spans.week },
        ],
      })
    }
    ${selectField({
      ...{ name: 'kind', label: requests.kind, value: state.kind },
      options: [
        any,
        { value: 'request', text: requests.kinds.request },
        { value: 'event', text: requests.kinds.event },
      ],
    })}
    ${selectField({
      ...{ name: 'status', label: requests.status, value: state.status },
      options: [any, ...['2', '3', '4', '5'].map((value) => ({ value, text: `${value}xx` }))],
    })}
    ${selectField({
      ...{ name: 'method', label: requests.method, value: state.method },
      options: [any, ...methods.map((value) => ({ value, text: value }))],
    })}
    ${textField({ name: 'text', label: requests.text, value: state.text, messages: noMessages, maxLength: 200 })}
    ${textField({ name: 'least', label: requests.least, value: state.least, messages: noMessages, maxLength: 9, inputMode: 'numeric' })}
    <div class="buttons"><button type="submit">${records.apply}</button>${
      requestsPath(state, { before: '' }) !== REQUESTS &&
      html`<a class="button" href="${action}">${records.reset}</a>`
    }</div>
  </form>
  ${chosen(texts.requests, state, action)}`;
}

/** What was chosen by links of an entry, each with a link that lets it go. */
function chosen(
  requests: Visit['texts']['requests'],
  state: RequestsState,
  action: string,
): Html | undefined {
  const set = exact.filter((name) => state[name] !== '');
  if (set.length === 0) return undefined;
  return html`<ul class="chosen">${set.map(
    (name) => html`<li><span>${requests[name]}: <code>${state[name]}</code></span>
      <a href="${requestsPath(state, { [name]: '', before: '' }, action)}">${requests.letGo(requests[name])}</a></li>`,
  )}</ul>`;
}
