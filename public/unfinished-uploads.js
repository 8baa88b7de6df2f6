const KEY = 'dossier-uploads';
/** The server forgets them after a day. */
const LONGEST = 24 * 60 * 60 * 1000;
const MOST = 50;

/** The uploads in pieces to a place that this browser has begun and not finished. They hold nothing that lets anybody in. */
export function rememberedUploads(pieces) {
  return read().filter((one) => one.pieces === pieces);
}

/** Remembers `{ pieces, place, name, size, lastModified }`. */
export function rememberUpload(upload) {
  const others = read().filter(({ place }) => place !== upload.place);
  write([...others, { ...upload, at: Date.now() }].slice(-MOST));
}

/** Forgets the upload whose pieces go to that place. */
export function forgetUpload(place) {
  write(read().filter((one) => one.place !== place));
}

function read() {
  try {
    const all = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(all) ? all.filter(isRecent) : [];
  } catch {
    return [];
  }
}

function isRecent(one) {
  return typeof one?.place === 'string' && typeof one.name === 'string' && Date.now() - one.at < LONGEST;
}

/** Without room, or where the browser keeps nothing, a reload begins anew. */
function write(all) {
  try {
    if (all.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(all));
  } catch {}
}
