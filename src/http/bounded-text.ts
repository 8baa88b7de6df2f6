const FIRST_SIZE = 4096;
const utf8 = new TextDecoder();

/** Text that grows by pieces of UTF-8 up to a limit. */
export class BoundedText {
  readonly #limit: number;
  readonly #tooLong: () => Error;
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;

  /** @param limit bytes; beyond it `append` throws what `tooLong` makes. */
  constructor(limit: number, tooLong: () => Error) {
    this.#limit = limit;
    this.#tooLong = tooLong;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes a copy: nothing that the piece is a part of is kept alive. */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#limit) throw this.#tooLong();
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** What was appended since it had this length. */
  since(length: number): string {
    return this.#bytes.toString('utf8', length, this.#length);
  }

  /** All of it, without a byte order mark. */
  toString(): string {
    return utf8.decode(this.#bytes.subarray(0, this.#length));
  }
}
