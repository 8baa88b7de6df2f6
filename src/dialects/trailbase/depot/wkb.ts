/** A GeoJSON geometry (RFC 7946). */
export interface Geometry {
  readonly type: string;
  readonly coordinates?: unknown;
  readonly geometries?: readonly Geometry[];
}

/** How deep collections may nest, and how many points one geometry may have. */
const MAX_DEPTH = 8;
const MAX_POINTS = 1_000_000;

const [Z, M, SRID] = [0x80000000, 0x40000000, 0x20000000];

/**
 * Reads a geometry in well-known binary (OGC 06-103r4, 8.2) or PostGIS's extension of it, as TrailBase's geometry columns
 * hold it. The measure is dropped, and the reference system is taken to be that of GeoJSON. Undefined for what is neither.
 */
export function geometryFromWkb(bytes: Uint8Array): Geometry | undefined {
  const reader = new WkbReader(bytes);
  try {
    const geometry = reader.geometry(0);
    return reader.isAtEnd ? geometry : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Position = readonly number[];

class WkbReader {
  readonly #view: DataView;
  #at = 0;
  #points = 0;
  #littleEndian = true;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }

  geometry(depth: number): Geometry {
    if (depth > MAX_DEPTH) throw new RangeError('too deep');
    const order = this.#view.getUint8(this.#at++);
    if (order > 1) throw new RangeError('no byte order');
    this.#littleEndian = order === 1;
    const code = this.#uint32();
    const plain = code & 0x0fffffff;
    const [dimension, kind] = [Math.floor(plain / 1000), plain % 1000];
    const hasZ = (code & Z) !== 0 || dimension === 1 || dimension === 3;
    const hasM = (code & M) !== 0 || dimension === 2 || dimension === 3;
    if (dimension > 3) throw new RangeError('unknown dimensions');
    if ((code & SRID) !== 0) this.#uint32();
    const position = () => this.#position(hasZ, hasM);
    const line = () => this.#list(position);
    switch (kind) {
      case 1:
        return { type: 'Point', coordinates: position().filter((number) => !Number.isNaN(number)) };
      case 2:
        return { type: 'LineString', coordinates: line() };
      case 3:
        return { type: 'Polygon', coordinates: this.#list(line) };
      case 4:
        return { type: 'MultiPoint', coordinates: this.#parts('Point', depth) };
      case 5:
        return { type: 'MultiLineString', coordinates: this.#parts('LineString', depth) };
      case 6:
        return { type: 'MultiPolygon', coordinates: this.#parts('Polygon', depth) };
      case 7:
        return { type: 'GeometryCollection', geometries: this.#list(() => this.geometry(depth + 1)) };
      default:
        throw new RangeError('unknown geometry');
    }
  }

  /** Coordinates of geometries that stand whole inside another. */
  #parts(type: string, depth: number): readonly unknown[] {
    return this.#list(() => {
      const part = this.geometry(depth + 1);
      if (part.type !== type) throw new RangeError('a part of another type');
      return part.coordinates;
    });
  }

  #list<T>(read: () => T): readonly T[] {
    // Parts may differ in their byte order; the count is of the whole.
    const count = this.#uint32();
    if (count > MAX_POINTS) throw new RangeError('too many');
    const items: T[] = [];
    for (let n = 0; n < count; n++) items.push(read());
    return items;
  }

  #position(hasZ: boolean, hasM: boolean): Position {
    if (++this.#points > MAX_POINTS) throw new RangeError('too many points');
    const position = [this.#double(), this.#double()];
    if (hasZ) position.push(this.#double());
    if (hasM) this.#double();
    return position;
  }

  #uint32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, this.#littleEndian);
  }

  #double(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, this.#littleEndian);
  }
}
