/**
 * Where the executable has what {@link collectLicences} of licences.ts found when it was built; `undefined` from source;
 * build.ts writes this module anew for the binary.
 */
export const embeddedLicences: string | undefined = undefined;
