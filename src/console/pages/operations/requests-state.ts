import type { Core } from '../../../core/index.ts';

/** What the log is asked for. */
type LogFilter = Parameters<Core['logs']['list']>[1];

const MINUTE = 60_000;

/** The spans that can be chosen, each with the width of its bars; in milliseconds. */
export const spans = {
  hour: { length: 60 * MINUTE, width: MINUTE },
  day: { length: 24 * 60 * MINUTE, width: 30 * MINUTE },
  week: { length: 7 * 24 * 60 * MINUTE, width: 3 * 60 * MINUTE },
};

/** Methods that can be chosen. */
export const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'] as const;

/** What the page of requests shows, as its address says; '' where nothing is said. */
export interface RequestsState {
  readonly span: keyof typeof spans;
  readonly kind: 'request' | 'event' | '';
  /** The first digit of the status. */
  readonly status: string;
  readonly method: string;
  readonly text: string;
  /** Least milliseconds, as they were typed. */
  readonly least: string;
  /** Part of a path, as links from an entry ask for it. */
  readonly path: string;
  /** `<collection>/<record id>`. */
  readonly account: string;
  readonly address: string;
  /** Where the page begins. */
  readonly before: string;
}

/** Where the log is. */
export const REQUESTS = '/_/operations/requests';
/** Where it is seen as it grows. */
export const LIVE = `${REQUESTS}/live`;
/** What a page of the log tells with a link, not with a field of its form. */
export const exact = ['path', 'account', 'address'] as const;

/** Everything of the last hour. */
export const wholeLog = readRequestsState(new URLSearchParams());

/** Reads a {@link RequestsState}; what is none counts as not said. */
export function readRequestsState(query: URLSearchParams): RequestsState {
  const span = query.get('span') ?? '';
  const kind = query.get('kind');
  return {
    span: isSpan(span) ? span : 'hour',
    kind: kind === 'request' || kind === 'event' ? kind : '',
    status: matching(query.get('status'), /^[1-5]$/),
    method: methods.find((one) => one === query.get('method')) ?? '',
    text: query.get('text')?.trim().slice(0, 200) ?? '',
    least: matching(query.get('least'), /^\d{1,9}$/),
    path: query.get('path')?.slice(0, 2000) ?? '',
    account: query.get('account')?.slice(0, 200) ?? '',
    address: query.get('address')?.slice(0, 100) ?? '',
    before: matching(query.get('before'), /^\d{1,16}$/),
  };
}

/** The address of a page of the log, or of another view of the same entries, without what is as usual. */
export function requestsPath(
  state: RequestsState,
  change: Partial<RequestsState> = {},
  view: string = REQUESTS,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...state, ...change })) {
    if (value !== '' && value !== 'hour') query.set(name, value);
  }
  const text = query.toString();
  return `${view}${text === '' ? '' : `?${text}`}`;
}

/** What the state asks of the log, at a moment in milliseconds since the epoch. */
export function logFilterOf(state: RequestsState, now: number): LogFilter & { from: number; to: number } {
  return { ...entryFilterOf(state), from: now - spans[state.span].length, to: now + 1000 };
}

/** The same, whenever it was. */
export function entryFilterOf(state: RequestsState): LogFilter {
  const { kind, status, method, text, least, path, account, address } = state;
  return {
    ...(kind !== '' && { kind }),
    ...(status !== '' && { statusClass: Number(status) }),
    ...(method !== '' && { method }),
    ...(text !== '' && { text }),
    ...(least !== '' && { minMs: Number(least) }),
    ...(path !== '' && { path }),
    ...(account !== '' && { account }),
    ...(address !== '' && { address }),
  };
}

function matching(text: string | null, pattern: RegExp): string {
  return text !== null && pattern.test(text) ? text : '';
}

function isSpan(text: string): text is keyof typeof spans {
  return Object.hasOwn(spans, text);
}
