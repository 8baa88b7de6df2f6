import type { Collection, SessionInfo } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { ownPasswordField } from '../../own-password.ts';
import { confirmDialog } from '../../parts/confirm-dialog.ts';
import { factList } from '../../parts/facts.ts';
import { csrfField, formMessage, type Messages, noMessages, selectField } from '../../parts/form.ts';
import { programName } from '../../parts/program.ts';
import type { Visit } from '../../visit.ts';
import { recordPath } from '../records/paths.ts';
import { passwordFields } from './new-account.ts';
import { accountPath, accountsPath } from './paths.ts';
import { labelOf, type ShownAccount } from './read.ts';

/** An account with its sessions. */
export interface AccountDetail {
  readonly collection: Collection;
  readonly account: ShownAccount;
  readonly sessions: readonly SessionInfo[];
  /** The dialog whose name was typed wrongly. */
  readonly unconfirmed?: 'end-all' | 'switch-off' | 'delete-account';
  /** The dialog where one's own password was typed wrongly. */
  readonly refused?: 'switch-off' | 'delete-account';
  /** What is wrong with the new password, or with what was asked for. */
  readonly messages?: Messages;
  /** A token that was just made. */
  readonly token?: string;
}

/** Fields of one's own password, by what asks for it. */
export const ownPasswordNames = {
  ...{ password: 'passwordOwn', factor: 'factorOwn', token: 'tokenOwn', deletion: 'deletionOwn' },
} as const;

/** The page of an account: what is known of it, its sessions, its authenticator app. */
export function accountDetailView(visit: Visit, detail: AccountDetail): PageView {
  const { texts, format } = visit;
  const { accounts, records } = texts;
  const { collection, account, unconfirmed, messages = noMessages } = detail;
  const { values } = account.record;
  return {
    title: labelOf(account.record),
    section: 'accounts',
    crumbs: [
      { text: accounts.title, path: accountsPath() },
      { text: collection.name, path: accountsPath(collection.name) },
    ],
    actions: html`<a class="button" href="${recordPath(collection.name, String(values.id))}">${accounts.toRecord}</a>`,
    isWide: true,
    status: unconfirmed === undefined && messages.size === 0 ? 200 : 422,
    body: html`${formMessage(messages, texts.frame.checkFields)}${factList([
      ['id', html`<code>${String(values.id)}</code>`],
      [accounts.name, typeof values.name === 'string' && values.name !== '' ? values.name : undefined],
      [accounts.verified, values.verified === true ? records.yes : records.no],
      [accounts.secondFactor, account.hasSecondFactor ? accounts.on : accounts.off],
      [accounts.created, typeof values.created === 'string' ? format.moment(values.created) : undefined],
    ])}
    ${sessionsSection(visit, detail)}
    ${factorSection(visit, detail)}
    ${verifySection(visit, detail)}
    ${passwordSection(visit, detail)}
    ${!collection.system && tokenSection(visit, detail)}
    ${deleteSection(visit, detail)}`,
  };
}

function sessionsSection(visit: Visit, { collection, account, sessions, unconfirmed }: AccountDetail): Html {
  const { accounts } = visit.texts;
  const action = accountPath(collection.name, String(account.record.values.id), '/sessions/end');
  return html`<section class="stack">
    <h2 id="sessions-title">${accounts.sessionsTitle}</h2>
    ${
      sessions.length === 0
        ? html`<p>${accounts.noSessions}</p>`
        : html`<div class="table-wrap" tabindex="0" role="region" aria-labelledby="sessions-title"><table>
      <thead><tr>
        <th scope="col">${accounts.agent}</th>
        <th scope="col">${accounts.address}</th>
        <th scope="col">${accounts.used}</th>
        <th scope="col">${accounts.opened}</th>
        <th scope="col">${accounts.expires}</th>
        <th scope="col"><span class="visually-hidden">${accounts.end}</span></th>
      </tr></thead>
      <tbody>${sessions.map((session) => sessionRow(visit, session, action))}</tbody>
    </table></div>`
    }
    ${confirmDialog(
      visit,
      {
        ...{ id: 'end-all', action, verb: accounts.endAll, body: accounts.endAllBody },
        typed: labelOf(account.record),
      },
      unconfirmed === 'end-all',
    )}
  </section>`;
}

function sessionRow(visit: Visit, session: SessionInfo, action: string): Html {
  const { accounts } = visit.texts;
  const { id, agent, address, created, used, expires, isCurrent, anonymous } = session;
  const moment = (ms: number) => visit.format.moment(new Date(ms).toISOString());
  return html`<tr>
    <th scope="row"><span class="agent" title="${agent}">${programName(agent) || accounts.unknown}</span>${
      isCurrent && html` <span class="badge">${accounts.current}</span>`
    }${anonymous && html` <span class="badge">${accounts.anonymous}</span>`}</th>
    <td>${address || accounts.unknown}</td>
    <td>${moment(used)}</td>
    <td>${moment(created)}</td>
    <td>${moment(expires)}</td>
    <td><form action="${action}" method="post">${csrfField(visit)}<input type="hidden" name="session" value="${id}">
      <button type="submit" aria-label="${accounts.endOne(programName(agent) || accounts.unknown)}">${accounts.end}</button></form></td>
  </tr>`;
}

function factorSection(visit: Visit, detail: AccountDetail): Html {
  const { collection, account, unconfirmed, refused, messages = noMessages } = detail;
  const { accounts } = visit.texts;
  const action = accountPath(collection.name, String(account.record.values.id), '/second-factor/end');
  return html`<section class="stack">
    <h2>${accounts.secondFactor}</h2>
    <p>${account.hasSecondFactor ? accounts.secondFactorOn : accounts.secondFactorOff}</p>
    ${isOwn(visit, detail) && html`<p>${accounts.ownAccount} <a href="/_/account">${accounts.toOwn}</a></p>`}
    ${
      account.hasSecondFactor &&
      !isOwn(visit, detail) &&
      confirmDialog(
        visit,
        {
          ...{ id: 'switch-off', action, verb: accounts.switchOff, body: accounts.switchOffBody },
          ...{ typed: labelOf(account.record), isWrong: refused === 'switch-off' },
          more: ownPasswordField(visit, { name: ownPasswordNames.factor, messages }),
        },
        unconfirmed === 'switch-off',
      )
    }
  </section>`;
}

/** Seconds that tokens to test with may last. */
export const tokenTimes = [600, 3600, 86_400] as const;

/** Whether it is the account of who looks at it. */
export function isOwn(visit: Visit, { collection, account }: AccountDetail): boolean {
  return (
    visit.account.collection.id === collection.id && visit.account.record.id === account.record.values.id
  );
}

function verifySection(visit: Visit, { collection, account }: AccountDetail): Html | false {
  const { accounts } = visit.texts;
  const { values } = account.record;
  if (values.verified === true || !values.email) return false;
  const action = accountPath(collection.name, String(values.id), '/verification');
  return html`<section class="stack">
    <h2>${accounts.verifyTitle}</h2>
    <p>${accounts.verifyBody}</p>
    <form action="${action}" method="post">${csrfField(visit)}<button type="submit">${accounts.verify}</button></form>
  </section>`;
}

function passwordSection(visit: Visit, detail: AccountDetail): Html {
  const { accounts } = visit.texts;
  const { collection, account, messages = noMessages } = detail;
  const action = accountPath(collection.name, String(account.record.values.id), '/password');
  return html`<section class="stack">
    <h2>${accounts.passwordTitle}</h2>
    ${
      isOwn(visit, detail)
        ? html`<p>${accounts.ownAccount} <a href="/_/account">${accounts.toOwn}</a></p>`
        : html`<p>${accounts.passwordBody}</p>
    <form class="card" action="${action}" method="post">${csrfField(visit)}${passwordFields(visit, messages)}
      ${collection.system && ownPasswordField(visit, { name: ownPasswordNames.password, messages })}
      <div class="buttons"><button type="submit">${accounts.setPassword}</button></div></form>`
    }
  </section>`;
}

function tokenSection(visit: Visit, detail: AccountDetail): Html {
  const { collection, account, token, messages = noMessages } = detail;
  const { accounts, frame } = visit.texts;
  const action = accountPath(collection.name, String(account.record.values.id), '/tokens');
  return html`<section class="stack">
    <h2>${accounts.tokenTitle}</h2>
    <p>${accounts.tokenBody}</p>
    ${
      token !== undefined &&
      html`<div class="notice" role="status"><p>${accounts.tokenOnce}</p>
      <pre translate="no"><code id="test-token">${token}</code></pre>
      <copy-button for="test-token" label="${frame.copy}" done="${frame.copied}"></copy-button></div>`
    }
    <form class="card" action="${action}" method="post">${csrfField(visit)}
      ${selectField({
        ...{ name: 'duration', label: accounts.tokenDuration, value: String(tokenTimes[0]) },
        options: tokenTimes.map((time) => ({ value: String(time), text: accounts.tokenTimes[time] })),
      })}
      ${ownPasswordField(visit, { name: ownPasswordNames.token, messages })}
      <div class="buttons"><button type="submit">${accounts.makeToken}</button></div></form>
  </section>`;
}

function deleteSection(visit: Visit, detail: AccountDetail): Html | false {
  const { accounts } = visit.texts;
  const { collection, account, unconfirmed, refused, messages = noMessages } = detail;
  if (isOwn(visit, detail)) return false;
  return html`<section class="stack">
    <h2>${accounts.deleteTitle}</h2>
    <p>${accounts.deleteBody}</p>
    ${confirmDialog(
      visit,
      {
        ...{ id: 'delete-account', verb: accounts.deleteTitle, body: accounts.deleteBody },
        action: accountPath(collection.name, String(account.record.values.id), '/deletion'),
        ...{ typed: labelOf(account.record), isWrong: refused === 'delete-account' },
        ...(collection.system && {
          more: ownPasswordField(visit, { name: ownPasswordNames.deletion, messages }),
        }),
      },
      unconfirmed === 'delete-account',
    )}
  </section>`;
}
