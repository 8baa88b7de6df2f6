import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Benchmark, inPairs, milliseconds, perSecond, ratioLine, type World } from '../bench.ts';
import { type FileRef, storeFile, THUMBS } from '../data-set.ts';
import { load } from '../load.ts';
import type { Running } from '../processes.ts';
import { copyData, startDossier, withBoth } from '../servers.ts';

const SHARP_LOOP = fileURLToPath(new URL('../sharp-loop.ts', import.meta.url));

const ourPath = ({ record, name }: FileRef) => `/api/files/files/${record}/${name}`;
const floorPath = ({ record, name }: FileRef) => `/files/${record}/${name}`;

/** Downloads of three sizes. */
export const download: Benchmark = {
  name: 'download',
  about:
    'download a stored file; the floor looks it up in the catalogue and answers new Response(Bun.file(path))',
  run: (world) =>
    withBoth(world, async function* (dossier, floor) {
      const { small, medium, large } = world.data;
      const sizes = [
        { label: '1 KB', file: small, connections: 64, atLeast: 0.5 },
        { label: '100 KB', file: medium, connections: 64, atLeast: 0.75 },
        { label: '10 MB', file: large, connections: 8, atLeast: 0.75 },
      ];
      for (const { label, file, connections, atLeast } of sizes) {
        await rateOf(world, dossier, ourPath(file), connections);
        await rateOf(world, floor, floorPath(file), connections);
        const rates = await inPairs(
          world.rounds,
          () => rateOf(world, dossier, ourPath(file), connections),
          () => rateOf(world, floor, floorPath(file), connections),
        );
        yield ratioLine(`download ${label}`, rates, perSecond, { atLeast });
      }
    }),
};

/** A thumb that was made before, against a plain file with the same bytes. */
export const thumb: Benchmark = {
  name: 'thumb',
  about: 'download a thumb that exists already, against a plain file of the same bytes on the same server',
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'thumb'));
    try {
      const [photo] = world.data.photos;
      if (photo === undefined) throw new Error('no photo');
      const path = `${ourPath(photo)}?thumb=${THUMBS[0]}`;
      const bytes = new Uint8Array(await (await fetch(`${dossier.base}${path}`)).arrayBuffer());
      const plain = await storeFile(dossier.base, world.data.superuser, bytes, 'plain.jpg');
      await rateOf(world, dossier, path, 64);
      const rates = await inPairs(
        world.rounds,
        () => rateOf(world, dossier, path, 64),
        () => rateOf(world, dossier, ourPath(plain), 64),
      );
      const note = `${(bytes.byteLength / 1000).toFixed(1)} KB; beside it the plain file`;
      yield ratioLine('warm thumb', rates, perSecond, { atLeast: 0.9 }, note);
    } finally {
      await dossier.stop();
    }
  },
};

async function rateOf(world: World, { base }: Running, path: string, connections: number): Promise<number> {
  return (await load(world, { base, paths: [path], connections })).rate;
}

/** A thumb that must be made first. */
export const coldThumb: Benchmark = {
  name: 'cold-thumb',
  about:
    'make the thumb of a photo of 6 megapixels, one after the other; the floor is sharp called in a loop in a process of its own',
  async *run(world) {
    const dir = copyData(world, 'cold');
    const dossier = await startDossier(world, dir);
    try {
      const [warmUp, ...photos] = world.data.photos;
      if (warmUp === undefined) throw new Error('no photo');
      const paths = photosIn(join(dir, 'storage/objects'), warmUp.size);
      const make = async (photo: FileRef, size: string) => {
        const response = await fetch(`${dossier.base}${ourPath(photo)}?thumb=${size}`);
        const { byteLength } = await response.arrayBuffer();
        if (!response.ok || byteLength === photo.size) throw new Error(`no thumb: ${response.status}`);
      };
      const sizeOf = (round: number) => THUMBS[round % THUMBS.length] ?? '';
      const times = await inPairs(
        Math.min(world.rounds, THUMBS.length),
        async (round) => {
          await make(warmUp, sizeOf(round));
          const started = performance.now();
          for (const photo of photos) await make(photo, sizeOf(round));
          return (performance.now() - started) / photos.length;
        },
        async (round) => {
          const [side = ''] = sizeOf(round).split('x');
          const command = [process.execPath, SHARP_LOOP, side, ...paths];
          return Number(await world.processes.run(command, { place: 'server' }));
        },
      );
      yield ratioLine('cold thumb', times, milliseconds, { atMost: 1.3 });
    } finally {
      await dossier.stop();
    }
  },
};

/** Where the photos lie: the objects of exactly their size. */
function photosIn(objects: string, size: number): string[] {
  return readdirSync(objects, { recursive: true })
    .map((name) => join(objects, String(name)))
    .filter((path) => statSync(path).size === size);
}
