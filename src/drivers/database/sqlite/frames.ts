/**
 * Frames between the server and a reader process: four bytes of length (little-endian), then so many bytes of JSON.
 */
export function encodeFrame(json: string): Uint8Array {
  const body = encoder.encode(json);
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, 4);
  return frame;
}

/** Puts frames together again from chunks cut anywhere. */
export class FrameDecoder {
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Takes a chunk; returns the JSON of the frames it completes. */
  push(chunk: Uint8Array): string[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const complete: string[] = [];
    for (;;) {
      const length = this.#nextLength();
      if (length === undefined || this.#size < 4 + length) return complete;
      const bytes = this.#join();
      complete.push(decoder.decode(bytes.subarray(4, 4 + length)));
      const rest = bytes.subarray(4 + length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
    }
  }

  #nextLength(): number | undefined {
    if (this.#size < 4) return undefined;
    const head = this.#chunks[0];
    const bytes = head && head.length >= 4 ? head : this.#join();
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }

  /** Makes the chunks one, once for a frame: until it is whole, only its length is looked at. */
  #join(): Uint8Array {
    const only = this.#chunks[0];
    if (this.#chunks.length === 1 && only) return only;
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [all];
    return all;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
