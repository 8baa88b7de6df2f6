import type { Collection } from '../../../core/index.ts';
import type { ConsoleSnippet } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import type { Visit } from '../../visit.ts';
import { collectionTabs } from '../collections/tabs.ts';
import { collectionPath } from '../records/paths.ts';

/** The page of a collection's snippets: those of the client that is wanted, or of the first. */
export function connectView(
  visit: Visit,
  collection: Collection,
  snippets: readonly ConsoleSnippet[],
  wanted: string | null | undefined,
): PageView {
  const { collections } = visit.texts;
  const clients = [...new Set(snippets.map(({ client }) => client))];
  const client = clients.find((one) => one === wanted) ?? clients[0];
  return {
    title: collection.name,
    section: 'collections',
    crumbs: [{ text: collections.title, path: '/_/collections' }],
    tabs: collectionTabs(visit.texts, collection, 'connect'),
    body:
      client === undefined
        ? nothing(visit)
        : html`<p class="prose">${visit.texts.connect.intro(visit.site)}</p>
        ${choice(visit, collection, clients, client)}
        ${installation(visit, snippets, client)}
        ${ofClient(visit, snippets, client)}`,
  };
}

function nothing({ texts: { connect } }: Visit): Html {
  return emptyState({ title: connect.emptyTitle, body: connect.emptyBody });
}

function choice({ texts }: Visit, { name }: Collection, clients: readonly string[], open: string): Html {
  return html`<nav class="choice" aria-label="${texts.connect.clients}"><ul>${clients.map((client) => {
    const path = `${collectionPath(name)}/connect?${new URLSearchParams({ client }).toString()}`;
    return html`<li><a class="button" href="${path}"${client === open && html` aria-current="page"`}>${client}</a></li>`;
  })}</ul></nav>`;
}

/** What a client that is a package is installed with; programs such as curl are there. */
function installation(
  { texts }: Visit,
  snippets: readonly ConsoleSnippet[],
  client: string,
): Html | undefined {
  const { connect, frame } = texts;
  const isPackage = snippets.some((one) => one.client === client && one.language !== 'sh');
  if (!isPackage) return undefined;
  return html`<section class="card snippet" aria-labelledby="install-title">
    <div class="page-head">
      <h2 id="install-title">${connect.install}</h2>
      <copy-button for="install" label="${frame.copy}" done="${frame.copied}"></copy-button>
    </div>
    <pre translate="no"><code id="install" aria-label="${connect.language.sh}">npm install ${client}</code></pre>
  </section>`;
}

/** Several products are reached by curl: each says which. */
function ofClient(visit: Visit, snippets: readonly ConsoleSnippet[], client: string): Html {
  const own = snippets.filter((snippet) => snippet.client === client);
  const isShared = new Set(own.map(({ product }) => product)).size > 1;
  return html`${own.map((snippet, index) => block(visit, snippet, `snippet-${index + 1}`, isShared))}`;
}

function block({ texts }: Visit, snippet: ConsoleSnippet, id: string, isShared: boolean): Html {
  const { connect, frame } = texts;
  const { action, language, product, about, code } = snippet;
  return html`<section class="card snippet" aria-labelledby="${id}-title">
    <div class="page-head">
      <h2 id="${id}-title">${connect.actions[action]}${isShared && html` <span class="hint">${connect.by(product)}</span>`}</h2>
      <copy-button for="${id}" label="${frame.copy}" done="${frame.copied}"></copy-button>
    </div>
    <p lang="en">${about}</p>
    <pre translate="no"><code id="${id}" aria-label="${connect.language[language]}">${code}</code></pre>
  </section>`;
}
