/** What is kept in the browser for whoever is signed in: drafts, and these. */
const KEYS = ['dossier-recent', 'dossier-statements', 'dossier-uploads'];

// Who signs out leaves nothing behind for the next one.
document.addEventListener('submit', ({ target: form, defaultPrevented }) => {
  if (defaultPrevented) return;
  const { pathname } = new URL(form.getAttribute('action') ?? '', location.href);
  // The form that ends all sessions, this one among them, names none.
  const isEverywhere =
    pathname === '/_/account/sessions/end' && !form.querySelector('[name=session], [name=others]');
  if (pathname !== '/_/logout' && !isEverywhere) return;
  for (const storage of [sessionStorage, localStorage]) {
    for (const key of Object.keys(storage)) {
      if (key.startsWith('draft ') || KEYS.includes(key)) storage.removeItem(key);
    }
  }
});
