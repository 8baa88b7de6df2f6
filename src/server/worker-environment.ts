/**
 * The variables that a worker may see: what a program needs to start, to find its cache and its temporary folder.
 * Never the server's secrets, so that a worker taken over by what it reads has none to give away.
 */
export function workerEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && passedOn.test(name)) chosen[name] = value;
  }
  return chosen;
}

const passedOn =
  /^(?:PATH|HOME|XDG_CACHE_HOME|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|LD_LIBRARY_PATH|SystemRoot|LOCALAPPDATA|USERPROFILE)$/i;
