import { systemActor } from '../../src/core/actor.ts';
import { armFailpoints } from '../../src/lib/failpoints.ts';
import { streamOnce } from './files.ts';
import { openStoragesWorld, type StoragesWorld } from './storages.ts';

/** Objects that {@link settleIn} puts beside those of the catalogue. */
export const STRANGERS: readonly string[] = ['a-stranger', 'm/n/stranger', 'z-stranger'];

/** Fills the first storage: live files by record, and objects that nobody knows. Returns each file's public name. */
export async function settleIn(world: StoragesWorld): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (let index = 0; index < 12; index++) {
    const record = `r${index}`;
    names.set(record, (await world.upload(record, contentOf(record))).name);
  }
  for (const key of STRANGERS) await world.one.put(key, streamOnce(`I am ${key}`));
  return names;
}

/** What the file of a record says. */
export function contentOf(record: string): string {
  return record.repeat(record.length > 2 ? 2000 : 10);
}

/** All care that changes something, once. */
export async function takeCare({ storages }: StoragesWorld): Promise<void> {
  for await (const _ of storages.collect(systemActor, {}));
  for await (const _ of storages.migrate(systemActor, { to: 'two' }));
}

if (import.meta.main) {
  const [dir, spec] = process.argv.slice(2);
  const world = await openStoragesWorld(dir ?? '');
  await world.files.recover();
  armFailpoints(spec ?? '');
  await takeCare(world);
  await world.close();
}
