import { configureSync, getLogger, type LogLevel, type LogRecord } from '@logtape/logtape';
import type { Log } from '../core/ports/log.ts';
import { visible } from '../lib/text.ts';
import { maskQuery } from './mask-query.ts';

/** What is written of a request. */
export interface RequestLine {
  readonly method: string;
  /** Absolute; secrets of its query are masked here. */
  readonly url: string;
  readonly status: number;
  /** From the request's arrival to the response's head, in milliseconds. */
  readonly milliseconds: number;
  /** As the response declares it; undefined when it does not. */
  readonly bytes: number | undefined;
  readonly id: string;
  readonly address: string;
}

/** What is told of lines and events, beside what is written. */
export interface LogTap {
  request(line: RequestLine, request: Request): void;
  /** Of level warn and error; `facts` is a JSON object without secrets. */
  event(level: 'warn' | 'error', event: string, facts: string): void;
}

/** The operator's log: events of the product and a line per request. */
export interface ServerLog extends Log {
  request(line: RequestLine, request: Request): void;
  /** Tells this one from now on, whatever the level of what is written; undefined = nobody. */
  attach(tap: LogTap | undefined): void;
  /** Whether anybody is told of a request with this status; its facts need not be gathered otherwise. */
  hasLineFor(status: number): boolean;
  /** Writes what waits. Call it before the process ends. */
  flush(): void;
}

/** How {@link createLog} writes. */
export interface LogOptions {
  /** Requests are `info`, those answered 500 and above `error`. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'off';
  readonly format: 'pretty' | 'json';
  /** Takes whole lines. */
  readonly write: (lines: string) => void;
  readonly colors?: boolean;
}

const FLUSH_AFTER_MS = 50;
const FLUSH_AT_CHARS = 64 * 1024;

/**
 * Makes the log. Lines are gathered and written together, at most 50 ms late.
 *
 * Events go through LogTape, whose set-up is one per process: the last log that was made gets them. Request lines are
 * written by hand in the same form, because a line through LogTape's formatters costs some 3 µs, and by hand under 1.
 */
export function createLog(options: LogOptions): ServerLog {
  const lines = createLineBuffer(options.write);
  const style: Style = { time: createTimeText(), paint: painter(options.colors ?? false) };
  const format = options.format === 'json' ? eventAsJson(style) : eventAsText(style);
  const levels: Record<LogOptions['level'], LogLevel | null> = {
    debug: 'debug',
    info: 'info',
    warn: 'warning',
    error: 'error',
    off: null,
  };
  configureSync({
    reset: true,
    sinks: { lines: (record: LogRecord) => lines.add(format(record)) },
    loggers: [
      { category: 'dossier', sinks: ['lines'], lowestLevel: levels[options.level] },
      { category: ['logtape', 'meta'], sinks: [] },
    ],
  });
  const logger = getLogger('dossier');
  const formatRequest = options.format === 'json' ? requestAsJson(style) : requestAsText(style);
  const leastStatus = { debug: 0, info: 0, warn: 500, error: 500, off: 1000 }[options.level];

  let tap: LogTap | undefined;

  return {
    debug: (event, facts) => logger.debug(event, masked(facts)),
    info: (event, facts) => logger.info(event, masked(facts)),
    warn(event, facts) {
      logger.warn(event, masked(facts));
      tap?.event('warn', event, factsText(masked(facts)));
    },
    error(event, facts) {
      logger.error(event, masked(facts));
      tap?.event('error', event, factsText(masked(facts)));
    },
    request(line, request) {
      if (line.status >= leastStatus) lines.add(formatRequest(line));
      tap?.request(line, request);
    },
    attach(next) {
      tap = next;
    },
    hasLineFor: (status) => tap !== undefined || status >= leastStatus,
    flush: lines.flush,
  };
}

const LONGEST_FACT = 4000;

function factsText(facts: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(facts).map(([name, value]) => {
    const fact = plain(value);
    return [name, typeof fact === 'string' ? fact.slice(0, LONGEST_FACT) : fact];
  });
  try {
    return JSON.stringify(Object.fromEntries(shown)) ?? '{}';
  } catch {
    // A fact that JSON does not have.
    return '{}';
  }
}

/** The facts of an event, its own copy. A path may be that of a mail's link, with a token in it. */
function masked(facts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return typeof facts.path === 'string' ? { ...facts, path: maskQuery(facts.path) } : { ...facts };
}

function createLineBuffer(write: (lines: string) => void) {
  let waiting = '';
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const lines = waiting;
    waiting = '';
    write(lines);
  }

  return {
    add(line: string): void {
      waiting += line;
      if (waiting.length >= FLUSH_AT_CHARS) flush();
      else timer ??= setTimeout(flush, FLUSH_AFTER_MS);
    },
    flush,
  };
}

/** A moment as ISO text. Many lines of a busy server share one, so the last is kept. */
function createTimeText(): (time: number) => string {
  let last = Number.NaN;
  let lastText = '';
  return (time) => {
    if (time !== last) {
      last = time;
      lastText = new Date(time).toISOString();
    }
    return lastText;
  };
}

/** Path and query of an absolute URL, secrets masked. */
export function target(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return maskQuery(start < 0 ? '/' : url.slice(start));
}

interface Style {
  readonly time: (time: number) => string;
  readonly paint: (code: number, text: string) => string;
}

function requestAsJson({ time }: Style): (line: RequestLine) => string {
  return (line) => {
    const level = line.status >= 500 ? 'ERROR' : 'INFO';
    const bytes = line.bytes === undefined ? '' : `,"bytes":${line.bytes}`;
    return (
      `{"@timestamp":"${time(Date.now())}","level":"${level}","message":"request","logger":"dossier"` +
      `,"method":${JSON.stringify(line.method)},"path":${JSON.stringify(target(line.url))},"status":${line.status}` +
      `,"ms":${round(line.milliseconds)}${bytes},"id":"${line.id}","address":${JSON.stringify(line.address)}}\n`
    );
  };
}

function requestAsText({ time, paint }: Style): (line: RequestLine) => string {
  return (line) => {
    const color = line.status >= 500 ? 31 : line.status >= 400 ? 33 : 32;
    const bytes = line.bytes === undefined ? '' : `  ${line.bytes} B`;
    const details = `${round(line.milliseconds)} ms${bytes}  ${line.id}  ${visible(line.address)}`;
    return `${paint(2, time(Date.now()).slice(11, 23))} ${paint(color, String(line.status))} ${visible(line.method)} ${visible(target(line.url))}  ${paint(2, details)}\n`;
  };
}

function eventAsJson({ time }: Style): (record: LogRecord) => string {
  return (record) => {
    const facts = Object.entries(record.properties).map(([name, value]) => [name, plain(value)]);
    const fixed = {
      '@timestamp': time(record.timestamp),
      level: record.level.toUpperCase(),
      message: String(record.rawMessage),
      logger: 'dossier',
    };
    // Twice: first in the order of the line, last so that no fact takes their place.
    return `${JSON.stringify({ ...fixed, ...Object.fromEntries(facts), ...fixed })}\n`;
  };
}

function eventAsText({ time, paint }: Style): (record: LogRecord) => string {
  const marks: Record<LogLevel, number> = { trace: 2, debug: 2, info: 36, warning: 33, error: 31, fatal: 31 };
  return (record) => {
    const facts = Object.entries(record.properties).map(([name, value]) => {
      const shown = plain(value);
      return ` ${visible(name)}=${visible(typeof shown === 'string' ? shown : (JSON.stringify(shown) ?? ''))}`;
    });
    const head = `${paint(2, time(record.timestamp).slice(11, 23))} ${paint(marks[record.level], record.level)}`;
    return `${head} ${visible(String(record.rawMessage))}${facts.length > 0 ? paint(2, ` ${facts.join('')}`) : ''}\n`;
  };
}

/** Errors as text with their causes; everything else as JSON can carry it. */
function plain(value: unknown): unknown {
  if (value instanceof Error) {
    const cause = value.cause === undefined ? '' : `; caused by ${String(plain(value.cause))}`;
    return `${value.stack ?? value.message}${cause}`;
  }
  return typeof value === 'bigint' ? String(value) : value;
}

function painter(colors: boolean): (code: number, text: string) => string {
  return colors ? (code, text) => `\u001b[${code}m${text}\u001b[0m` : (_code, text) => text;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
