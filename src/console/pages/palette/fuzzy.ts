/** Longer texts are not looked through further than this. */
const LONGEST = 300;

/**
 * How well what was typed fits a text: the letters of `typed` in their order, others between them; case and accents do not
 * count. The more of them stand together or begin words, the better. 0 = not at all. Nothing typed fits everything.
 */
export function fitOf(typed: string, text: string): number {
  const wanted = plain(typed).replaceAll(/\s+/g, '');
  const given = plain(text).slice(0, LONGEST);
  if (wanted === '') return 1;
  let fit = 0;
  for (
    let start = given.indexOf(wanted[0] ?? '');
    start >= 0;
    start = given.indexOf(wanted[0] ?? '', start + 1)
  ) {
    fit = Math.max(fit, fitFrom(wanted, given, start));
  }
  return fit;
}

/** Takes each letter at the next word's beginning where it stands there, or else where it comes first. */
function fitFrom(wanted: string, given: string, start: number): number {
  let points = 0;
  let before = start - 1;
  for (const letter of wanted) {
    const at = before === start - 1 ? start : given.indexOf(letter, before + 1);
    if (at < 0) return 0;
    if (at === before + 1 && at !== start) points += 5;
    if (isBeginning(given, at)) points += 4;
    points += 1;
    before = at;
  }
  // Of equal fits the shorter text is the likelier.
  return points + 1 / (1 + given.length);
}

function isBeginning(given: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(given[at - 1] ?? '');
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
