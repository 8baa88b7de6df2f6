const KEY = 'dossier-recent';
const MOST = 6;

/** The last pages of this tab, the latest first, without the one that is open. They go with the tab. */
export function recentPlaces() {
  return read().filter(({ path }) => path !== here());
}

/** Remembers the page that is open by its heading. */
export function rememberPlace() {
  const title = document.querySelector('main h1')?.textContent?.trim() ?? '';
  // What asks before something is lost, was not found or not accepted is no place to come back to.
  if (/\/(removal|restoration)$/.test(location.pathname)) return;
  if (title === '' || document.title !== `${title} · Dossier`) return;
  const all = [{ title, path: here() }, ...read().filter(({ path }) => path !== here())];
  try {
    sessionStorage.setItem(KEY, JSON.stringify(all.slice(0, MOST + 1)));
  } catch {
    // Where the browser keeps nothing, there are no recent places.
  }
}

function here() {
  return location.pathname + location.search;
}

function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    const isPlace = (one) => typeof one?.title === 'string' && /^\/_\//.test(one?.path);
    return Array.isArray(kept) ? kept.filter(isPlace) : [];
  } catch {
    return [];
  }
}
