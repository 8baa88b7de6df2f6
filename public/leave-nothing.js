/** What is kept in the browser for whoever is signed in: drafts, and these. */
const KEYS = ['dossier-account', 'dossier-recent', 'dossier-statements', 'dossier-uploads'];
const [OWNER] = KEYS;

// Who signs out leaves nothing behind for the next one.
document.addEventListener('submit', ({ target: form, defaultPrevented }) => {
  if (defaultPrevented) return;
  const { pathname } = new URL(form.getAttribute('action') ?? '', location.href);
  // The form that ends all sessions, this one among them, names none.
  const isEverywhere =
    pathname === '/_/account/sessions/end' && !form.querySelector('[name=session], [name=others]');
  if (pathname === '/_/logout' || isEverywhere) both(forget);
});

// A session may also have ended by itself, and somebody else signed in after it.
const { account } = document.body.dataset;
if (account !== undefined) {
  both((storage) => {
    if ((storage.getItem(OWNER) ?? account) !== account) forget(storage);
    storage.setItem(OWNER, account);
  });
}

function forget(storage) {
  for (const key of Object.keys(storage)) {
    if (key.startsWith('draft ') || KEYS.includes(key)) storage.removeItem(key);
  }
}

function both(act) {
  try {
    for (const storage of [sessionStorage, localStorage]) act(storage);
  } catch {
    // Where the browser keeps nothing, there is nothing to forget.
  }
}
