/**
 * Share of the passed time that counts where the processor was elsewhere. On a busy machine a read waits for its turn, which
 * says nothing about the statement; a read that waits for the disk holds up the event loop all the same.
 */
const waitingCounts = 0.2;

/** Starts measuring a piece of synchronous work; the returned function gives its milliseconds, of waiting only a share. */
export function startStopwatch(): () => number {
  const wall = performance.now();
  const cpu = threadTime();
  return () => {
    const passed = performance.now() - wall;
    return cpu === undefined ? passed : Math.max((threadTime() ?? cpu) - cpu, passed * waitingCounts);
  };
}

/** Processor time of this thread in milliseconds; undefined on systems that do not tell. */
function threadTime(): number | undefined {
  try {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  } catch {
    return undefined;
  }
}
