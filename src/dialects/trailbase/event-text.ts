import type { RecordEvent } from '../../core/index.ts';
import { stringifyJson } from '../../http/json.ts';
import type { Api } from './api.ts';
import { flatShape } from './shape.ts';

/** A message to subscribers (specs/trailbase.md 9), written once for all who get the same. */
export interface Message {
  /** A JSON object without its last brace. */
  readonly open: string;
  /** Frames by their number: those who came at the same time count alike. */
  readonly frames: Map<number, Uint8Array>;
}

const NAMES = { create: 'Insert', update: 'Update', delete: 'Delete' } as const satisfies Record<
  RecordEvent['kind'],
  string
>;
/** Numbers for which a frame is kept. */
const KEPT_FRAMES = 8;
const utf8 = new TextEncoder();

/** The subscriber may not see the record, or no longer. */
export const FORBIDDEN = errorMessage(1, 'Access denied');
/** Events were lost on the way to the subscriber. */
export const LOSS = errorMessage(2, 'Event loss');

/** Makes the function that writes events, each once for an API. */
export function createEventTexts(): (event: RecordEvent, api: Api) => Message {
  const written = new WeakMap<RecordEvent, Map<Api, Message>>();
  return (event, api) => {
    const known = written.get(event) ?? new Map<Api, Message>();
    written.set(event, known);
    const message =
      known.get(api) ?? messageOf(NAMES[event.kind], flatShape(api, event.view.values, event.files));
    known.set(api, message);
    return message;
  };
}

/** The frame of a stream of events: one line and a blank one. */
export function frameOf({ open, frames }: Message, sequence: number): Uint8Array {
  const known = frames.get(sequence);
  if (known) return known;
  const frame = utf8.encode(`data: ${open},"seq":${sequence}}\n\n`);
  if (frames.size < KEPT_FRAMES) frames.set(sequence, frame);
  return frame;
}

/** The message by itself, as WebSockets have it. */
export function textOf({ open }: Message): string {
  return `${open}}`;
}

function errorMessage(status: number, message: string): Message {
  return messageOf('Error', { status, message });
}

function messageOf(name: string, value: unknown): Message {
  return { open: `{"${name}":${stringifyJson(value) ?? 'null'}`, frames: new Map() };
}
