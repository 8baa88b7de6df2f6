import type { SessionInfo } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { programName } from '../../parts/program.ts';
import { isSecure, seeOther } from '../../respond.ts';
import { noSessionCookie } from '../../session.ts';
import type { Form, Visit } from '../../visit.ts';

const ACTION = '/_/account/sessions/end';

/** One's own sessions, the last used first. */
export function readSessions(
  { core }: Console,
  { actor, account, session }: Visit,
): Promise<readonly SessionInfo[]> {
  const { collection, record } = account;
  return core.auth.sessions.list(actor, { collection, id: String(record.id) }, session);
}

/** The list of one's own sessions; each can be ended, and all others together. */
export function sessionsTable(visit: Visit, sessions: readonly SessionInfo[]): Html {
  const { account, accounts } = visit.texts;
  const moment = (ms: number) => visit.format.moment(new Date(ms).toISOString());
  return html`<div class="table-wrap" tabindex="0" role="region" aria-labelledby="sessions-title"><table>
    <thead><tr>
      <th scope="col">${accounts.agent}</th>
      <th scope="col">${accounts.address}</th>
      <th scope="col">${accounts.used}</th>
      <th scope="col"><span class="visually-hidden">${accounts.end}</span></th>
    </tr></thead>
    <tbody>${sessions.map(
      ({ id, agent, address, used, isCurrent }) => html`<tr>
      <th scope="row"><span class="agent" title="${agent}">${programName(agent) || accounts.unknown}</span>${isCurrent && html` <span class="badge">${accounts.current}</span>`}</th>
      <td>${address || accounts.unknown}</td>
      <td>${moment(used)}</td>
      <td><form action="${ACTION}" method="post">${csrfField(visit)}<input type="hidden" name="session" value="${id}">
        <button type="submit" aria-label="${accounts.endOne(programName(agent) || accounts.unknown)}">${accounts.end}</button></form></td>
    </tr>`,
    )}</tbody>
  </table></div>
  ${
    sessions.some(({ isCurrent }) => !isCurrent) &&
    html`<form action="${ACTION}" method="post">${csrfField(visit)}
    <div class="buttons"><button type="submit" name="others" value="1">${account.endOthers}</button></div></form>`
  }`;
}

/** Ends the one session that the form names, or all but this one; undefined for a form that asks for neither. */
export async function endSomeSessions(
  console: Console,
  visit: Visit,
  form: Form,
): Promise<Response | undefined> {
  if (!form.has('session') && !form.has('others')) return undefined;
  const { sessions } = console.core.auth;
  const own = await readSessions(console, visit);
  if (form.has('others')) {
    for (const { id, isCurrent } of own) if (!isCurrent) await sessions.end(visit.actor, id);
    return seeOther(visit, '/_/account', { note: 'otherSessionsEnded' });
  }
  const found = own.find(({ id }) => id === form.get('session'));
  // It may have ended by itself since the page was shown; those of others are ended on their own pages.
  if (found !== undefined) await sessions.end(visit.actor, found.id);
  if (!found?.isCurrent) return seeOther(visit, '/_/account', { note: 'sessionEnded' });
  return seeOther(visit, '/_/login', { note: 'signedOut', cookies: [noSessionCookie(isSecure(visit.site))] });
}
