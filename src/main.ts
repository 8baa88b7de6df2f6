import { workers } from './server/workers.ts';

const [command, name = ''] = process.argv.slice(2);

if (command === '__worker') {
  const run = workers.get(name);
  if (run === undefined) {
    console.error(`There is no worker called "${name}".`);
    process.exit(1);
  }
  await run();
} else if (command === 'version') {
  console.log((await import('./lib/version.ts')).VERSION);
}
