import type { LogFilter, StoredEntry } from '../ports/request-log.ts';

/** Whether an entry satisfies a filter, as the stores of {@link StoredEntry} decide it. */
export function matchesFilter(entry: StoredEntry, filter: LogFilter): boolean {
  const { from, to, text, kind } = filter;
  if (kind !== undefined && entry.kind !== kind) return false;
  if ((from !== undefined && entry.time < from) || (to !== undefined && entry.time >= to)) return false;
  if (text !== undefined && !textsOf(entry).some((each) => holds(each, text))) return false;
  return entry.kind === 'request' ? matchesRequest(entry, filter) : asksNothingOfRequests(filter);
}

function matchesRequest(entry: StoredEntry & { readonly kind: 'request' }, filter: LogFilter): boolean {
  const { statusClass, method, path, account, address, minMs } = filter;
  return (
    (statusClass === undefined || Math.floor(entry.status / 100) === statusClass) &&
    (method === undefined || entry.method === method) &&
    (path === undefined || holds(entry.path, path)) &&
    (account === undefined || entry.account === account) &&
    (address === undefined || entry.address === address) &&
    (minMs === undefined || entry.ms >= minMs)
  );
}

function asksNothingOfRequests(filter: LogFilter): boolean {
  const { statusClass, method, path, account, address, minMs } = filter;
  return [statusClass, method, path, account, address, minMs].every((value) => value === undefined);
}

function textsOf(entry: StoredEntry): readonly string[] {
  return entry.kind === 'request'
    ? [entry.path, entry.request, entry.address, entry.account, entry.agent]
    : [entry.request, entry.event, entry.facts];
}

function holds(text: string, part: string): boolean {
  return lower(text).includes(lower(part));
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
