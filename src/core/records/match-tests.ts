import { matchesPattern, patternEffort, patternProblem } from '../fields/pattern/index.ts';
import type { MatchExpr } from '../filter/ast.ts';
import { badFilter } from '../filter/bad-filter.ts';
import type { Stored } from '../filter/matches.ts';
import type { Geometry } from '../ports/geometry.ts';

/** One `match`, ready to be asked. */
export interface MatchTester {
  passes(stored: Stored): boolean;
  /** About how many steps a value takes, of which a processor makes some 25 millions a second. */
  stepsFor(stored: Stored): number;
}

/** What a character costs beside the states that look at it, and what it costs in a geometry. */
const STEPS_OF_A_CHARACTER = 10;
const STEPS_OF_A_POSITION = 50;

/**
 * Makes a test of its text: a pattern that is searched for in linear time, or a geometry as WKT.
 *
 * @throws AppError `bad_filter` for patterns and geometries that cannot be used.
 */
export function createTester({ test, value }: MatchExpr, geometry: Geometry | undefined): MatchTester {
  if (test === 'regexp') return patternTester(value);
  const wanted = geometry?.fromWkt(value);
  if (geometry === undefined || wanted === undefined) throw badFilter('no geometry that can be compared');
  return {
    passes: (stored) => geometry.relates(test, geometryOf(stored), wanted),
    stepsFor: (stored) =>
      STEPS_OF_A_POSITION * textOf(stored).length + geometry.effort(test, geometryOf(stored), wanted),
  };
}

function patternTester(pattern: string): MatchTester {
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw badFilter(problem);
  const effort = patternEffort(pattern);
  return {
    passes: (stored) => matchesPattern(pattern, textOf(stored)),
    stepsFor: (stored) => (effort + STEPS_OF_A_CHARACTER) * (textOf(stored).length + 1),
  };
}

function textOf(stored: Stored): string {
  return typeof stored === 'string' ? stored : String(stored);
}

/** GeoJSON as it is stored, or a point's longitude and latitude. */
function geometryOf(stored: Stored): unknown {
  const value = parsed(textOf(stored));
  if (typeof value !== 'object' || value === null || !('lon' in value) || !('lat' in value)) return value;
  return { type: 'Point', coordinates: [value.lon, value.lat] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
