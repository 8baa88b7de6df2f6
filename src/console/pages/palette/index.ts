import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { seeOther } from '../../respond.ts';
import { HELP_KEY } from '../../shortcut-keys.ts';
import { findPlaces } from './find.ts';
import { shortcutsView } from './shortcuts.ts';
import { paletteView } from './view.ts';

/** Characters of what is typed that count. */
const LONGEST = 200;

/** The box that leads everywhere, and the page about keys. */
export const palettePages = (console: Console) =>
  new Elysia({ name: 'console.palette' })
    .get('/palette', ({ request }) =>
      console.show(request, async (visit) => {
        const typed = visit.url.searchParams.get('q')?.trim().slice(0, LONGEST) ?? '';
        return paletteView(visit, typed, await findPlaces(console.core, visit, typed));
      }),
    )
    .get('/shortcuts', ({ request }) => console.show(request, shortcutsView))
    .post(
      '/shortcuts',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const kept = form.get('help') === 'off' ? 'off' : null;
          await console.core.preferences.save(visit.actor, { [HELP_KEY]: kept });
          return seeOther(visit, '/_/shortcuts', { note: 'keysSaved' });
        }),
      { parse: 'none' },
    );
