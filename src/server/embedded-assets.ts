/**
 * The assets inside the executable: name (`public/app.css`) → a path that `Bun.file` and `node:fs` can read.
 * `undefined` from source; build.ts writes this module anew for the binary.
 */
export const embeddedAssets: ReadonlyMap<string, string> | undefined = undefined;
