import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasProgram } from '../support/debian-package.ts';
import type { World } from './bench.ts';

/** What one run of load asks. */
export interface Load {
  readonly base: string;
  readonly method?: 'GET' | 'POST';
  readonly paths: readonly string[];
  readonly token?: string;
  readonly body?: unknown;
  readonly connections: number;
  readonly seconds?: number;
}

/** What came of it. Latencies in milliseconds. */
export interface LoadResult {
  /** Requests per second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url));

/** Runs wrk on the load's core. Throws when any request was refused or broke. */
export async function load(world: World, asked: Load): Promise<LoadResult> {
  const { base, method = 'GET', paths, token = '-', body, connections, seconds = world.seconds } = asked;
  const [first = '/'] = paths;
  const plan = world.place('plan.txt');
  writeFileSync(
    plan,
    [method, token, body === undefined ? '-' : JSON.stringify(body), ...paths, ''].join('\n'),
  );
  const command = [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '-s',
    SCRIPT,
    `${base}${first}`,
  ];
  const output = await world.processes.run([...command, '--', plan], { limit: seconds + 30 });
  const result = readResult(output);
  if (result.refused + result.broken > 0) {
    const answer = await fetch(`${base}${first}`, {
      method,
      headers: headersOf(asked),
      body: JSON.stringify(body),
    });
    const text = (await answer.text()).slice(0, 300);
    throw new Error(
      `${result.refused} of ${result.requests} requests were refused and ${result.broken} broke, such as ${method} ${first}: ${answer.status} ${text}`,
    );
  }
  return {
    rate: (result.requests / result.microseconds) * 1e6,
    p50: result.p50 / 1000,
    p99: result.p99 / 1000,
  };
}

/** Adds wrk with apt-get where that is possible; throws one sentence otherwise. */
export async function needWrk(): Promise<void> {
  if (await hasProgram('wrk')) return;
  throw new Error('The benchmarks need the program wrk: install it, on Debian with `apt-get install wrk`.');
}

function headersOf({ token, body }: Load): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: token }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
}

interface WrkResult {
  readonly requests: number;
  readonly microseconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly refused: number;
  readonly broken: number;
}

function readResult(output: string): WrkResult {
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk said: ${output}`);
  const parsed: unknown = JSON.parse(line);
  const figure = (name: string): number => {
    const value = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
    if (typeof value !== 'number') throw new Error(`wrk said nothing of ${name}: ${line}`);
    return value;
  };
  return {
    requests: figure('requests'),
    microseconds: figure('microseconds'),
    p50: figure('p50'),
    p99: figure('p99'),
    refused: figure('refused'),
    broken: figure('broken'),
  };
}
