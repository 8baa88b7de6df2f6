import { version } from '../../package.json';

/** The product's version, e.g. `0.1.0`: the one in package.json, baked into the binary when it is built. */
export const VERSION: string = version;
