/** Where a token starts in a text; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that cannot be taken of a text. The message is a whole sentence that starts with the line. */
export class SqlProblem extends Error {
  readonly place: Place;
  /** The sentence without the line. */
  readonly what: string;

  constructor(place: Place, what: string) {
    super(`Line ${place.line}: ${what}`);
    this.name = 'SqlProblem';
    this.what = what;
    this.place = place;
  }
}

/** Everything that cannot be taken of one or more texts: at least one problem, in the order of the lines. */
export class SqlProblems extends Error {
  readonly sentences: readonly string[];

  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'SqlProblems';
    this.sentences = sentences;
  }
}

const SHOWN = 60;

/** A part of somebody's text within a sentence: quoted, without control characters, and not longer than a line. */
export function shown(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
  return `"${plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain}"`;
}
