import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import type { Visit } from '../../visit.ts';
import { operationsTabs } from './tabs.ts';

type Report = Awaited<ReturnType<Core['health']['report']>>;

/** How the server is. */
export const healthPages = (console: Console) =>
  new Elysia({ name: 'console.health' }).get('/operations/health', ({ request }) =>
    console.show(request, async (visit) => healthView(visit, await console.core.health.report(visit.actor))),
  );

function healthView(visit: Visit, report: Report): PageView {
  const { health } = visit.texts;
  const isWell = report.storages.every(({ ok }) => ok) && report.queues.abandoned === 0;
  return {
    title: health.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'health'),
    body: html`<p class="${isWell ? 'notice' : 'notice error'}">${isWell ? health.well : health.unwell}</p>
      <h2>${health.server}</h2>${server(visit, report)}
      <h2>${health.storages}</h2>${storages(visit, report)}
      <h2>${health.queues}</h2>${queues(visit, report)}`,
  };
}

function server({ texts, format }: Visit, report: Report): Html {
  const { health } = texts;
  const { disk } = report;
  return factList([
    [
      health.since,
      html`${format.moment(new Date(report.started).toISOString())} (${health.duration(...durationOf(report.uptime))})`,
    ],
    [health.memory, format.bytes(report.memory)],
    [
      health.database,
      report.walSize === undefined
        ? format.bytes(report.databaseSize)
        : health.withWal(format.bytes(report.databaseSize), format.bytes(report.walSize)),
    ],
    [health.requestLog, format.bytes(report.requestLogSize)],
    [health.disk, disk && health.free(format.bytes(disk.free), format.bytes(disk.total))],
    [health.connections, health.open(format.number(report.streams), format.number(report.sockets))],
    [health.images, health.workers(format.number(report.imageWorkers), format.number(report.imagesWaiting))],
  ]);
}

function storages({ texts, format }: Visit, report: Report): Html {
  const { health } = texts;
  return factList(
    report.storages.map(({ name, type, ok, error, objects, bytes }) => [
      `${name} (${type})`,
      html`<span class="${ok ? 'badge' : 'badge danger'}">${ok ? health.ok : health.notOk}</span> ${error} ${texts.files.total(format.number(objects), format.bytes(bytes))}`,
    ]),
  );
}

function queues({ texts, format }: Visit, { queues: waiting }: Report): Html {
  const { health } = texts;
  return factList([
    [
      health.deletions,
      html`<a href="/_/files/deletions">${format.number(waiting.deletions)}</a>${
        waiting.abandoned > 0 &&
        html` <span class="badge danger">${health.abandoned(format.number(waiting.abandoned))}</span>`
      }`,
    ],
    [health.uploads, format.number(waiting.uploads)],
    [health.mail, format.number(waiting.mail)],
    [health.log, format.number(waiting.log)],
  ]);
}

/** Days, hours and minutes of milliseconds. */
function durationOf(milliseconds: number): [number, number, number] {
  const minutes = Math.floor(milliseconds / 60_000);
  return [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
}
