/**
 * sharp called alone: `bun test/bench/sharp-loop.ts SIZE FILE…` makes a thumb of each file and prints the milliseconds that
 * one took. The first file is for warming up.
 */
import sharp from 'sharp';

const [size = '', warmUp = '', ...files] = process.argv.slice(2);
const side = Number(size);
sharp.cache(false);
sharp.concurrency(1);

const thumb = (path: string) =>
  sharp(path, { failOn: 'error', autoOrient: true })
    .resize({ width: side, height: side, fit: 'cover' })
    .jpeg({ quality: 80 })
    .toBuffer();

await thumb(warmUp);
const started = performance.now();
for (const path of files) await thumb(path);
console.log((performance.now() - started) / files.length);
