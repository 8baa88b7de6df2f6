/** Set by build.ts for a compiled binary; not defined when the sources run as they are. */
declare const DOSSIER_COMPILED: boolean | undefined;
declare const DOSSIER_FAILPOINTS: boolean | undefined;

/**
 * Whether failpoints exist in this program: `true` from source and in a binary built with `--failpoints`.
 *
 * In a release binary build.ts puts `false` in the place of this name, in every module that imports it by exactly
 * `import { FAILPOINTS } from '…/build-flags.ts';`, so that what stands behind `if (FAILPOINTS)` is removed,
 * strings and all (SECURITY-REQUIREMENTS 9.12).
 */
export const FAILPOINTS: boolean = typeof DOSSIER_FAILPOINTS === 'undefined' ? true : DOSSIER_FAILPOINTS;

/** Whether this program is the compiled binary (its modules and assets are inside the executable). */
export const COMPILED: boolean = typeof DOSSIER_COMPILED === 'undefined' ? false : DOSSIER_COMPILED;
