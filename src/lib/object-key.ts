const MAX_KEY = 512;
const MAX_SEGMENT = 200;
const SEGMENT = /^[a-z0-9_-][a-z0-9_.-]*$/;

/**
 * Whether a storage key is made of `[a-z0-9/_.-]` segments: not empty, without a leading dot (so neither `.` nor `..`), and
 * no longer than file systems and object services take.
 */
export function isObjectKey(key: string): boolean {
  return key.length <= MAX_KEY && key.split('/').every(isKeySegment);
}

/** Whether a name may be a part of a key. */
export function isKeySegment(name: string): boolean {
  return name.length <= MAX_SEGMENT && SEGMENT.test(name);
}
