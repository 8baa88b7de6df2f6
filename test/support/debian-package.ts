/** Milliseconds for one step of an installation, so that an unreachable mirror holds nobody up. */
const LIMIT = 90_000;

/** Whether the program is there; installs its Debian package of the same name first, where that can be done. */
export async function hasProgram(name: string): Promise<boolean> {
  if (Bun.which(name) !== null) return true;
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) return false;
  console.error(`Installing ${name}…`);
  for (const command of [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name],
  ]) {
    await Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', timeout: LIMIT }).exited;
  }
  return Bun.which(name) !== null;
}
