import { type Html, html } from '../../html.ts';
import { confirmDialog } from '../../parts/confirm-dialog.ts';
import { csrfField, type Messages, selectField, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import type { Collected, Finding, StorageWork, StorageWorks } from './storage-works.ts';

/** What the works can be done with. */
export interface WorkPlaces {
  readonly works: StorageWorks;
  /** Names of the storages and what is in them. */
  readonly storages: readonly { readonly name: string; readonly objects: number; readonly bytes: number }[];
  /** What was typed as the days in quarantine, and what is wrong with it. */
  readonly keepDays: string;
  readonly messages: Messages;
  /** Something else was typed than asked for. */
  readonly isUnconfirmed: boolean;
}

const PATH = '/_/operations/storage';

/** The works on storages: how the one that runs stands, how the last of each went, and their forms. */
export function worksView(visit: Visit, places: WorkPlaces): Html {
  const { storage } = visit.texts;
  const { works } = places;
  const { running } = works;
  const section = (kind: 'verification' | 'migration' | 'collection', title: string, form: Html) => {
    const last = works.last(kind);
    const isRunning = running?.order.kind === kind;
    return html`<section class="card" aria-labelledby="${kind}-title">
      <h2 id="${kind}-title">${title}</h2>
      <p>${storage[`${kind}Body`]}</p>
      ${isRunning ? current(visit, running) : last && outcome(visit, last)}
      ${running === undefined ? form : !isRunning && html`<p class="hint">${storage.otherWork}</p>`}
    </section>`;
  };
  return html`${section('verification', storage.verifyTitle, verificationForm(visit))}
    ${section('migration', storage.migrateTitle, migrationForm(visit, places))}
    ${section('collection', storage.collectTitle, collectionForm(visit, places))}`;
}

/** How far the running work is; it asks for itself again, and for the page once the work has ended. */
export function progressPart({ texts, format }: Visit, { order, done, total, found }: StorageWork): Html {
  const { storage } = texts;
  const counted = total === undefined ? undefined : Math.max(total, 1);
  return html`<div id="progress" class="progress" hx-get="${PATH}/progress" hx-trigger="load delay:1s" hx-target="#progress" hx-swap="outerHTML">
    <progress aria-label="${storage.progress}"${counted !== undefined && html` max="${counted}" value="${done}"`}></progress>
    <span>${storage.doing[order.kind](format.number(done), total === undefined ? '?' : format.number(total))}
      ${found > 0 && storage.findingsSoFar(format.number(found))}</span>
  </div>`;
}

function current(visit: Visit, work: StorageWork): Html {
  const { storage } = visit.texts;
  return html`${progressPart(visit, work)}
    <p class="hint">${storage.goesOn} <a href="${PATH}">${storage.look}</a></p>
    <form action="${PATH}/stops" method="post">${csrfField(visit)}
      <div class="buttons"><button type="submit">${storage.stop}</button></div>
    </form>`;
}

function verificationForm(visit: Visit): Html {
  const { storage } = visit.texts;
  return html`<form action="${PATH}/verifications" method="post">${csrfField(visit)}
    <label class="check"><input type="checkbox" name="content" value="1"> ${storage.verifyContent}</label>
    <div class="buttons"><button type="submit">${storage.verify}</button></div>
  </form>`;
}

/** First where to, then what that means. */
function migrationForm(visit: Visit, { storages }: WorkPlaces): Html {
  const { texts, format, url } = visit;
  const { storage, frame } = texts;
  if (storages.length < 2) return html`<p class="hint">${storage.oneStorage}</p>`;
  const names = storages.map(({ name }) => name);
  const to = names.find((name) => name === url.searchParams.get('to'));
  const from = names.find((name) => name === url.searchParams.get('from'));
  const moved = storages.filter(({ name }) => name !== to && (from === undefined || name === from));
  const plain = names.map((value) => ({ value, text: value }));
  const any = { value: '', text: storage.fromAny };
  if (to === undefined || moved.length === 0) {
    return html`<form class="toolbar" action="${PATH}#migration-title" method="get">
      ${selectField({ name: 'from', label: storage.from, value: from ?? '', options: [any, ...plain] })}
      ${selectField({ name: 'to', label: storage.to, value: to ?? names.at(-1) ?? '', options: plain })}
      <div class="buttons"><button type="submit">${storage.migrate}…</button></div>
    </form>`;
  }
  const sum = (of: 'objects' | 'bytes') => moved.reduce((all, one) => all + one[of], 0);
  return html`<form class="notice" action="${PATH}/migrations" method="post">${csrfField(visit)}
    <input type="hidden" name="to" value="${to}"><input type="hidden" name="from" value="${from ?? ''}">
    <p>${storage.migrateAsk(format.number(sum('objects')), format.bytes(sum('bytes')), moved.map(({ name }) => name).join(', '), to)}</p>
    <div class="buttons"><button class="primary" type="submit">${storage.migrate}</button><a class="button" href="${PATH}">${frame.cancel}</a></div>
  </form>`;
}

/** First what would happen, then that. */
function collectionForm(visit: Visit, places: WorkPlaces): Html {
  const { storage } = visit.texts;
  const trial = trialOf(places.works);
  const { quarantined, erased } = trial?.tidied ?? { quarantined: 0, erased: 0 };
  return html`${
    trial !== undefined &&
    quarantined + erased > 0 &&
    confirmDialog(
      visit,
      {
        ...{ id: 'collect', action: `${PATH}/collections`, verb: storage.collect },
        ...{ body: storage.collectAsk(quarantined, erased), typed: storage.collectTyped },
      },
      places.isUnconfirmed,
    )
  }
    <form action="${PATH}/collection-trials" method="post">${csrfField(visit)}
      ${textField({
        ...{ name: 'keepDays', label: storage.keepDays, value: places.keepDays, hint: storage.keepDaysHint },
        ...{ messages: places.messages, inputMode: 'numeric', maxLength: 5, isRequired: true },
      })}
      <div class="buttons"><button type="submit">${storage.tryCollect}</button></div>
    </form>`;
}

/** What a collection would do, if that is what was looked at last. */
export function trialOf(works: StorageWorks): (StorageWork & { readonly keepDays: number }) | undefined {
  const last = works.last('collection');
  if (last?.order.kind !== 'collection' || !last.order.dryRun || last.end !== 'done') return undefined;
  return { ...last, keepDays: last.order.keepDays };
}

function outcome(visit: Visit, work: StorageWork): Html {
  const { storage } = visit.texts;
  const { end, found, findings, collected } = work;
  const isBad = end === 'broken' || found > 0;
  const ending = end === 'stopped' ? `${storage.stopped} ` : end === 'broken' ? `${storage.broken} ` : '';
  return html`<p role="status" class="${isBad ? 'notice error' : 'notice'}">${ending}${said(visit, work)}
      <span class="hint">${visit.format.moment(new Date(work.ended ?? work.started).toISOString())}</span></p>
    ${findings.length > 0 && html`<ul class="outcomes">${findings.map((one) => findingItem(visit, one))}</ul>`}
    ${collected.length > 0 && html`<ul class="outcomes">${collected.map((one) => collectedItem(visit, one))}</ul>`}`;
}

function said({ texts, format }: Visit, { order, end, done, found, tidied }: StorageWork): string {
  const { storage } = texts;
  const count = format.number(done);
  if (order.kind === 'collection') {
    const { quarantined, erased, bytes } = tidied;
    if (quarantined + erased === 0) return end === 'done' ? storage.nothingToCollect : '';
    const tell = order.dryRun ? storage.wouldCollect : storage.collected;
    return tell(format.number(quarantined), format.number(erased), format.bytes(bytes));
  }
  if (order.kind === 'migration') return storage.migrated(count, order.to, format.number(found), found > 0);
  if (end === 'broken') return '';
  return found === 0 ? storage.verifyWell(count) : storage.verifyFound(format.number(found), count);
}

function findingItem({ texts }: Visit, one: Finding): Html {
  return html`<li><span class="badge danger">${texts.storage.problems[one.problem]}</span> ${one.originalName} <code>${one.storage}: ${one.key}</code> ${
    one.collection !== '' && html`<span class="muted">${one.collection}/${one.record}</span>`
  }</li>`;
}

function collectedItem({ texts, format }: Visit, { action, storage, key, size }: Collected): Html {
  return html`<li><span class="badge">${texts.storage.actions[action]}</span> <code>${storage}: ${key}</code> <span class="muted">${format.bytes(size)}</span></li>`;
}
