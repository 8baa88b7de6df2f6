import type { Database } from 'bun:sqlite';

/**
 * How much work a statement may be, read off its compiled program.
 *
 * - `point`: no loop; constant work.
 * - `cheap`: loops over ranges of an index, over small tables, or cut short by LIMIT.
 * - `eager`: scans a large table under a filter, but stops at a LIMIT; often quick, sometimes not.
 * - `heavy`: scans or sorts a large table whole, or recurses.
 */
export type Weight = 'point' | 'cheap' | 'eager' | 'heavy';

/** Rows that may be visited in place; 5,000 cost about 1 ms. */
const rowBudget = 5_000;
/** What a loop is taken for whose length is not known: a range of an index, a list, json_each. */
const rangeGuess = 10;
/** What a LIMIT without a filter is taken for. */
const limitGuess = 100;
/** Rows that `count(*)` over a whole b-tree passes in the time of one visited row. */
const countedPerVisit = 50;

/**
 * Weighs a statement by EXPLAIN: its program names the b-tree each loop walks, where EXPLAIN QUERY PLAN would show only
 * aliases. `rowsOf` estimates the rows under a root page.
 */
export function weigh(db: Database, text: string, rowsOf: (rootPage: number) => number): Weight {
  const program = explain(db, text);
  const loops = findLoops(program);
  if (program.some((step, at) => isRecursion(program, step, at))) return 'heavy';
  const counted = program.filter((step) => step.opcode === 'Count');
  if (loops.length === 0 && counted.length === 0) return 'point';

  const roots = new Map<number, number>();
  for (const step of program) if (step.opcode === 'OpenRead') roots.set(step.p1, step.p2);
  const rowsUnder = (cursor: number) => {
    const root = roots.get(cursor);
    return root === undefined ? rangeGuess : rowsOf(root);
  };
  const rows = loops.map((loop) => (loop.whole ? rowsUnder(loop.cursor) : rangeGuess));
  const cut = (at: number) => Math.min(rows[at] ?? 1, limitGuess);
  const counts = counted.reduce((sum, step) => sum + rowsUnder(step.p1) / countedPerVisit, 0);
  const atMost =
    counts + visits(loops, (loop, at) => (loop.limited && !loop.filtered ? cut(at) : (rows[at] ?? 1)));
  if (atMost <= rowBudget) return 'cheap';
  const atBest = counts + visits(loops, (loop, at) => (loop.limited ? cut(at) : (rows[at] ?? 1)));
  return atBest <= rowBudget ? 'eager' : 'heavy';
}

/** Rows visited by all loops, each as often as the loops around it turn. */
function visits(loops: readonly Loop[], lengthOf: (loop: Loop, at: number) => number): number {
  const around = (inner: Loop) =>
    loops.reduce(
      (product, outer, at) => (contains(outer, inner) ? product * lengthOf(outer, at) : product),
      1,
    );
  return loops.reduce((sum, loop) => sum + around(loop), 0);
}

interface Step {
  readonly opcode: string;
  readonly p1: number;
  readonly p2: number;
}

interface Loop {
  readonly cursor: number;
  /** Addresses of the first step of the body and of the step that goes back to it. */
  readonly from: number;
  readonly to: number;
  /** True when it walks the whole b-tree, not a range of it. */
  readonly whole: boolean;
  /** True when some rows are passed over by a condition or a join. */
  readonly filtered: boolean;
  /** True when a LIMIT ends it, or the first row that is found (max, EXISTS). */
  readonly limited: boolean;
}

function explain(db: Database, text: string): Step[] {
  const statement = db.prepare(`EXPLAIN ${text}`);
  try {
    return statement
      .values()
      .map((row) => ({ opcode: String(row[1]), p1: Number(row[2]), p2: Number(row[3]) }));
  } finally {
    statement.finalize();
  }
}

function findLoops(program: readonly Step[]): Loop[] {
  return program.flatMap((step, to) => {
    if (!/^(Next|Prev|VNext|SorterNext)$/.test(step.opcode) || step.p2 > to) return [];
    const from = step.p2;
    const body = program.slice(from, to);
    const before = program.slice(0, from);
    const start = before.findLast(
      (s) => s.p1 === step.p1 && /^(Rewind|Last|Seek|VFilter|Sort)/.test(s.opcode),
    );
    return [
      {
        cursor: step.p1,
        from,
        to,
        whole: start !== undefined && /^(Rewind|Last)$/.test(start.opcode),
        filtered: body.some((s) => s.p2 === to && s.opcode !== 'IfPos' && jumps.test(s.opcode)),
        limited: body.some((s) => /^(DecrJumpZero|Goto)$/.test(s.opcode) && s.p2 > to),
      },
    ];
  });
}

/** Steps whose p2 is an address and that are used to pass over a row. */
const jumps =
  /^(Eq|Ne|Lt|Le|Gt|Ge|If|IfNot|IsNull|NotNull|IsType|IfNullRow|Found|NotFound|NotExists|NoConflict|SeekRowid|SeekGE|SeekGT|SeekLE|SeekLT|Rewind|Last|Goto|VFilter|IfSmaller|FilterAdd|Filter|RowSetTest)$/;

/**
 * A recursive query takes rows from a queue and goes back for the next. Other steps back are the jump from the program's
 * prologue to its first step, and fetching the next row of a co-routine.
 */
function isRecursion(program: readonly Step[], step: Step, at: number): boolean {
  if (step.opcode !== 'Goto' || step.p2 >= at || step.p2 <= 1) return false;
  return program[step.p2]?.opcode === 'Rewind';
}

function contains(outer: Loop, inner: Loop): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}
