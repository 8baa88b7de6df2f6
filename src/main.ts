const [command, name = ''] = process.argv.slice(2);

if (command === '__worker') {
  const { workers } = await import('./server/workers.ts');
  const run = workers.get(name);
  if (run === undefined) {
    console.error(`There is no worker called "${name}".`);
    process.exit(1);
  }
  await run();
} else {
  const { runCommandLine } = await import('./cli/program.ts');
  process.exit(await runCommandLine(process.argv.slice(2)));
}

export {};
