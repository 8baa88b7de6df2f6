import { expect } from 'bun:test';
import { fillGallery } from './gallery.ts';
import { goTo, PLACES, readFacts, takeBackup } from './places.ts';
import { openSite } from './site.ts';
import { addVisitors } from './visitors.ts';

/** Bytes that a page may bring, with what it loads, but without pictures. */
const MOST = 150_000;
/** What a page brings each time: itself, pictures, what happens from now on, and figures that are counted once it is there. */
const OWN = /^(?:Document|Image|EventSource) |\/total\?|[?&]totals=1/;

const site = await openSite('what pages transfer', {
  ...{ holds: [fillGallery, addVisitors, takeBackup], isBinary: true },
});

site.story(
  'no page transfers 150 KB, and one that was seen brings nothing that the browser has',
  async () => {
    const visitor = await site.signedIn('/_/shortcuts');
    const network = await visitor.context.newCDPSession(visitor.page);
    const asked = new Map<string, string>();
    let bytes = 0;
    network.on('Network.responseReceived', ({ requestId, type, response }) => {
      if (!response.fromDiskCache) asked.set(requestId, `${type} ${response.url.slice(site.base.length)}`);
    });
    network.on('Network.requestServedFromCache', ({ requestId }) => asked.delete(requestId));
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (asked.get(requestId)?.startsWith('Image ') === false) bytes += encodedDataLength;
    });
    await network.send('Network.enable');
    const facts = await readFacts(site);
    const wrong: string[] = [];
    for (const [path, [place]] of Object.entries(PLACES)) {
      // To others more than one page leads.
      if (typeof place !== 'string' || place.includes(' > ')) continue;
      for (const isCold of [true, false]) {
        await visitor.page.goto('about:blank');
        await network.send('Network.setCacheDisabled', { cacheDisabled: isCold });
        asked.clear();
        bytes = 0;
        await goTo(visitor, site, facts, place);
        await visitor.settled();
        if (isCold && !(bytes > 1000 && bytes < MOST)) wrong.push(`${path}: ${bytes} bytes`);
        const more = [...asked.values()].filter((one) => !OWN.test(one));
        if (!isCold) wrong.push(...more.map((one) => `${path}: ${one}`));
      }
    }
    expect(wrong).toEqual([]);
  },
);
