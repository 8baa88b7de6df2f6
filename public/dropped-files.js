/** Files of one drop; a folder with more is taken so far. */
const MOST = 10_000;

/** The files of a drop, also those in folders, in the order of their names there. */
export async function filesOf(transfer) {
  // Entries are to be asked for at once: after the event there are none.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? undefined);
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const found = [];
  for (const entry of entries) if (entry) await gather(entry, found);
  return found;
}

async function gather(entry, found) {
  if (found.length >= MOST) return;
  if (entry.isFile) {
    // One that cannot be read must not keep the others.
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(undefined)));
    if (file) found.push(file);
    return;
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    // A reader gives some at a time.
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) break;
    children.push(...some);
  }
  children.sort((a, b) => a.name.localeCompare(b.name));
  for (const child of children) await gather(child, found);
}
