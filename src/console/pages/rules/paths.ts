import { collectionPath } from '../records/paths.ts';

/** The page of a collection's rules, or one of what belongs to it. */
export function rulesPath(name: string, part: '' | '/checks' | '/suggestions' | '/choices' = ''): string {
  return `${collectionPath(name)}/rules${part}`;
}
