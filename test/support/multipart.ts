/** One part of a multipart body, as it is sent: nothing of it is escaped. */
export interface Part {
  /** The field's name. */
  readonly name: string;
  readonly value: string | Uint8Array;
  /** The client's name of a file; a plain value when left out. Bytes as they are, so that attacks reach the server. */
  readonly filename?: string | Uint8Array;
  readonly type?: string;
}

const BOUNDARY = 'dossier-test-0b6e2f1c';

/** The Content-Type of {@link multipart}. */
export const MULTIPART_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A multipart body (RFC 7578) of the parts, in order. */
export function multipart(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    pieces.push(bytes(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${part.name}"`));
    if (part.filename !== undefined) pieces.push(bytes('; filename="'), bytes(part.filename), bytes('"'));
    if (part.type !== undefined) pieces.push(bytes(`\r\nContent-Type: ${part.type}`));
    pieces.push(bytes('\r\n\r\n'), bytes(part.value), bytes('\r\n'));
  }
  pieces.push(bytes(`--${BOUNDARY}--\r\n`));
  return new Uint8Array(Buffer.concat(pieces));
}

/** The head of a file part and the end of the body, for sending what is between them bit by bit. */
export function multipartAround(name: string, filename: string): { head: Uint8Array; tail: Uint8Array } {
  return {
    head: bytes(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n\r\n`,
    ),
    tail: bytes(`\r\n--${BOUNDARY}--\r\n`),
  };
}

function bytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value;
}
