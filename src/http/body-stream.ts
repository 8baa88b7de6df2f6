import { BodyError, type BodySource } from './body.ts';
import { type Pace, watchPace } from './pace.ts';

/**
 * A body as it comes, for bodies of any size (see `pace.ts` for how slowly it may). Read once. The iteration fails with
 * {@link BodyError} `too_slow` or `aborted`; ending it early gives the rest up without waiting for it.
 */
export function streamBody(source: BodySource, pace?: Pace): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => iterate(source, pace) };
}

function iterate({ body }: BodySource, pace: Pace | undefined): AsyncIterator<Uint8Array, undefined> {
  if (body === null) return { next: async () => ({ done: true, value: undefined }) };
  const reader = body.getReader();
  let slow = false;
  // Not awaited: cancelling a body whose client is gone may never settle. It ends the read that waits.
  const giveUp = () => void reader.cancel().catch(() => {});
  const watch = watchPace(() => {
    slow = true;
    giveUp();
  }, pace);

  return {
    async next() {
      watch.waiting();
      try {
        const { done, value } = await reader.read();
        if (slow) throw new BodyError('too_slow');
        if (!done) {
          watch.received(value.byteLength);
          return { done, value };
        }
        watch.stop();
        return { done: true, value: undefined };
      } catch (error) {
        watch.stop();
        if (error instanceof BodyError) throw error;
        throw new BodyError(slow ? 'too_slow' : 'aborted', error);
      }
    },
    async return() {
      watch.stop();
      giveUp();
      return { done: true, value: undefined };
    },
  };
}
