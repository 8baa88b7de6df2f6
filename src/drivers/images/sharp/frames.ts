/** One message between the server and a worker: a JSON value, and bytes beside it. */
export interface Frame {
  readonly header: unknown;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const maxHeader = 64 * 1024;
const noBytes = new Uint8Array(0);

/** `[length of the header: u32 BE][length of the bytes: u32 BE][header as JSON][bytes]` */
export function encodeFrame(header: unknown, bytes: Uint8Array = noBytes): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const frame = new Uint8Array(8 + json.length + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, json.length);
  view.setUint32(4, bytes.length);
  frame.set(json, 8);
  frame.set(bytes, 8 + json.length);
  return frame;
}

/**
 * Cuts a stream of chunks into frames: give it each chunk, it answers the frames completed by it.
 * Throws an `Error` when a frame is larger than `maxBytes` or its header is not JSON; the stream is useless then.
 */
export function createFrameReader(maxBytes: number): (chunk: Uint8Array) => Frame[] {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let wanted = 8;

  const joined = () => {
    const only = chunks[0];
    if (chunks.length === 1 && only !== undefined) return only;
    const all = new Uint8Array(Buffer.concat(chunks, size));
    chunks = [all];
    return all;
  };

  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    const frames: Frame[] = [];
    while (size >= wanted) {
      const all = joined();
      const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
      const header = view.getUint32(0);
      const bytes = view.getUint32(4);
      if (header > maxHeader || bytes > maxBytes) throw new Error('the frame is too large');
      wanted = 8 + header + bytes;
      if (size < wanted) break;
      frames.push({
        header: JSON.parse(new TextDecoder().decode(all.subarray(8, 8 + header))),
        bytes: all.slice(8 + header, wanted),
      });
      chunks = [all.subarray(wanted)];
      size -= wanted;
      wanted = 8;
    }
    return frames;
  };
}
