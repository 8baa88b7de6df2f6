import type { Command } from 'commander';
import type { Superusers } from '../core/auth/superusers.ts';
import type { Config } from '../server/config.ts';
import { addConfigFlags, configOf } from './options.ts';
import { readPassword } from './read-password.ts';

/** `dossier superuser create|upsert|update|delete EMAIL [PASSWORD]`: for a data folder that no server is using. */
export function addSuperuser(program: Command): void {
  const group = program.command('superuser').description('Make, change or delete superusers.');
  withPassword(group, 'create', 'Make a superuser.', (superusers, email, password) =>
    superusers.create(email, password),
  );
  withPassword(
    group,
    'upsert',
    'Make a superuser, or give the existing one a new password.',
    (superusers, email, password) => superusers.upsert(email, password),
  );
  withPassword(
    group,
    'update',
    'Give a superuser a new password, and switch an authenticator app off.',
    (superusers, email, password) => superusers.update(email, password),
  );
  const remove = group.command('delete').description('Delete a superuser.').argument('<email>');
  addConfigFlags(remove, 'folder').action(async (email: string) => {
    await withSuperusers(configOf(remove).config, (superusers) => superusers.delete(email));
    process.stdout.write(`Deleted superuser ${email}.\n`);
  });
}

function withPassword(
  group: Command,
  verb: 'create' | 'upsert' | 'update',
  description: string,
  run: (superusers: Superusers, email: string, password: string) => Promise<void>,
): void {
  const command = group
    .command(verb)
    .description(description)
    .argument('<email>')
    .argument('[password]', 'asked for, or read from standard input, when left out');
  addConfigFlags(command, 'folder').action(async (email: string, given: string | undefined) => {
    const { config } = configOf(command);
    const password = given ?? (await readPassword());
    await withSuperusers(config, (superusers) => run(superusers, email, password));
    process.stdout.write(`Saved superuser ${email}.\n`);
  });
}

async function withSuperusers<T>(config: Config, work: (superusers: Superusers) => Promise<T>): Promise<T> {
  const [{ withCore }, { createSuperusers }] = await Promise.all([
    import('../server/run.ts'),
    import('../core/auth/superusers.ts'),
  ]);
  return withCore(config, (core) => work(createSuperusers(core)));
}
