import { memoryOf, resetPeak } from './processes.ts';

/** Most that a process's memory grows over what it is now, in megabytes. */
export function watchMemory(pid: number) {
  const before = memoryOf(pid);
  if (before === undefined) throw new Error('memory can be measured on Linux only');
  resetPeak(pid);
  let withChildren = before.withChildren;
  const timer = setInterval(() => {
    withChildren = Math.max(withChildren, memoryOf(pid)?.withChildren ?? 0);
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      const peak = memoryOf(pid)?.peak ?? 0;
      return { own: peak - before.resident, withChildren: withChildren - before.withChildren };
    },
  };
}
