import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { advanceChain, isUsable, startChain } from './rotation.ts';

/** One use of some token that was ever issued, after some seconds. */
const uses = fc.array(fc.record({ pick: fc.nat(), seconds: fc.nat({ max: 90 }) }), { maxLength: 40 });

test('whatever is used in whatever order, the tokens that are good stay few and the last one is among them', () => {
  fc.assert(
    fc.property(uses, (steps) => {
      const issued = ['0'];
      let now = 0;
      let chain = startChain('0', now);
      for (const { pick, seconds } of steps) {
        now += seconds * 1000;
        const used = issued[pick % issued.length] ?? '';
        if (!isUsable(chain, used, now)) continue;
        const next = String(issued.length);
        issued.push(next);
        chain = advanceChain(chain, used, next, now);
        expect(isUsable(chain, used, now)).toBe(true);
        expect(isUsable(chain, next, now)).toBe(true);
        expect(issued.filter((token) => isUsable(chain, token, now)).length).toBeLessThanOrEqual(7);
        expect(issued.filter((token) => isUsable(chain, token, now + 60_001)).length).toBeLessThanOrEqual(4);
      }
    }),
    { numRuns: 200 },
  );
});

test('a clock that goes back makes nothing good that was not', () => {
  const chain = advanceChain(advanceChain(startChain('a', 0), 'a', 'b', 0), 'b', 'c', 100_000);
  expect(isUsable(chain, 'a', 100_000)).toBe(true);
  expect(isUsable(chain, 'a', 50_000)).toBe(false);
});
