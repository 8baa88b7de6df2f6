const HELD_MS = 5000;

/** Sends no form again while its answer is on the way: who clicks twice wants one record. */
let held;

// The last listener of all: what htmx or an element sends itself is theirs.
window.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (held === form) return event.preventDefault();
  held = form;
  // After that somebody who stopped the browser may try again.
  setTimeout(release, HELD_MS);
});
window.addEventListener('pageshow', release);

function release() {
  held = undefined;
}
