/** Milliseconds that a page waits for work that may take long, before it answers without it. */
const PATIENCE = 4000;

/**
 * Waits for work, but not for long: whether it is done. It goes on all the same, and `late` is told when it fails after that.
 * What fails earlier is thrown.
 */
export async function isSoonDone(work: Promise<unknown>, late: (cause: unknown) => void): Promise<boolean> {
  const pause = Promise.withResolvers<false>();
  const timer = setTimeout(() => pause.resolve(false), PATIENCE);
  const done = await Promise.race([work.then(() => true), pause.promise]).finally(() => clearTimeout(timer));
  if (!done) work.catch(late);
  return done;
}
