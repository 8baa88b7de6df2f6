import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import type { Messages } from '../../parts/form.ts';
import type { Form, Visit } from '../../visit.ts';

/** How often backups are taken, as the form asks for it. */
export interface ScheduleChoice {
  readonly often: 'never' | 'daily' | 'weekly' | 'cron';
  /** `HH:MM` in UTC. */
  readonly time: string;
  /** 0 = Sunday. */
  readonly day: string;
  readonly cron: string;
  readonly keep: string;
  /** Name of a storage; '' for the folder. */
  readonly place: string;
}

const DEFAULT_TIME = '03:00';
const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;
const SCHEDULE = 'backups.schedule';
const KEEP = 'backups.keep';
const PLACE = 'backups.storage';

/** A schedule in the words of the form. */
export function choiceOf(cron: string, keep: string, place: string): ScheduleChoice {
  const common = { time: DEFAULT_TIME, day: '0', cron, keep, place };
  if (cron === '') return { ...common, often: 'never' };
  const daily = /^(\d{1,2}) (\d{1,2}) \* \* (\*|[0-6])$/.exec(cron);
  const [, minute = '', hour = '', day = ''] = daily ?? [];
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (daily === null || !TIME.test(time)) return { ...common, often: 'cron' };
  return day === '*' ? { ...common, often: 'daily', time } : { ...common, often: 'weekly', time, day };
}

/** What was typed into the form. */
export function typedChoice(form: Form): ScheduleChoice {
  const often = (['daily', 'weekly', 'cron'] as const).find((one) => one === form.get('often')) ?? 'never';
  const [time, day, cron, keep, place] = ['time', 'day', 'cron', 'keep', 'place'].map((name) =>
    form.get(name).trim(),
  );
  return { often, time: time ?? '', day: day ?? '', cron: cron ?? '', keep: keep ?? '', place: place ?? '' };
}

/** Saves a schedule; the messages of what is wrong with it, or undefined. */
export async function saveSchedule(
  { core }: Console,
  visit: Visit,
  choice: ScheduleChoice,
): Promise<Messages | undefined> {
  const { restoration, settings } = visit.texts;
  const [, hour, minute] = TIME.exec(choice.time) ?? [];
  const isTimed = choice.often === 'daily' || choice.often === 'weekly';
  if (isTimed && hour === undefined) return new Map([['time', restoration.badTime]]);
  const at = `${Number(minute)} ${Number(hour)} * *`;
  const day = /^[0-6]$/.test(choice.day) ? choice.day : '0';
  const cron = { never: '', daily: `${at} *`, weekly: `${at} ${day}`, cron: choice.cron }[choice.often];
  if (choice.often === 'cron' && cron === '') return new Map([['cron', restoration.cronHint]]);
  const wanted: Readonly<Record<string, string>> = {
    [SCHEDULE]: cron,
    [KEEP]: choice.keep,
    [PLACE]: choice.place,
  };
  // What something stronger holds is not in the form, and not saved.
  const open = (await core.settings.list(visit.actor)).filter(({ key, held }) => key in wanted && !held);
  try {
    await core.settings.save(visit.actor, Object.fromEntries(open.map(({ key }) => [key, wanted[key]])));
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const names: Readonly<Record<string, string>> = { [SCHEDULE]: 'cron', [KEEP]: 'keep', [PLACE]: 'place' };
    return new Map(
      error.issues.map(({ path, params }) => {
        return [names[path] ?? '', settings.expected(String(params?.expected ?? ''))];
      }),
    );
  }
}

/** What says how and when backups are taken. */
export interface ScheduleState {
  readonly choice: ScheduleChoice;
  /** Names of storages that may take them. */
  readonly places: readonly string[];
  /** What holds a setting so that it cannot be saved here, by the form's name of it. */
  readonly held: ReadonlyMap<string, string>;
}

/** How the schedule stands. */
export async function readSchedule({ core }: Console, { actor }: Visit): Promise<ScheduleState> {
  const infos = await core.settings.list(actor);
  const infoOf = (key: string) => infos.find((info) => info.key === key);
  const textOf = (key: string) => plain(infoOf(key)?.value);
  const held = new Map<string, string>();
  for (const [key, name] of [
    [SCHEDULE, 'often'],
    [KEEP, 'keep'],
    [PLACE, 'place'],
  ] as const) {
    const info = infoOf(key);
    if (info?.held) held.set(name, info.originName || info.origin);
  }
  return {
    choice: choiceOf(textOf(SCHEDULE), textOf(KEEP), textOf(PLACE)),
    places: infoOf(PLACE)?.choices ?? [],
    held,
  };
}

/** As it is typed: dossier.toml has texts in quotes. */
function plain(value: string | undefined): string {
  return (value ?? '').replace(/^"(.*)"$/, '$1');
}
