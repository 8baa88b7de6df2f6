/** Two lists side by side: what has the same key, or only one of them. */
export interface Joined<L, R> {
  readonly left: L | undefined;
  readonly right: R | undefined;
}

interface Keyed {
  readonly key: string;
}

/** Joins two lists that are in ascending order of their keys, holding one item of each. */
export async function* joinByKey<L extends Keyed, R extends Keyed>(
  lefts: AsyncIterable<L>,
  rights: AsyncIterable<R>,
): AsyncGenerator<Joined<L, R>> {
  const leftItems = lefts[Symbol.asyncIterator]();
  const rightItems = rights[Symbol.asyncIterator]();
  try {
    let left = await nextOf(leftItems);
    let right = await nextOf(rightItems);
    while (left !== undefined || right !== undefined) {
      const takesLeft = left !== undefined && (right === undefined || left.key <= right.key);
      const takesRight = right !== undefined && (left === undefined || right.key <= left.key);
      yield { left: takesLeft ? left : undefined, right: takesRight ? right : undefined };
      if (takesLeft) left = await nextOf(leftItems);
      if (takesRight) right = await nextOf(rightItems);
    }
  } finally {
    await leftItems.return?.();
    await rightItems.return?.();
  }
}

async function nextOf<T>(items: AsyncIterator<T>): Promise<T | undefined> {
  const step = await items.next();
  return step.done === true ? undefined : step.value;
}
