import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { ROOT } from '../support/server.ts';

/** A test file and the names in it that show a requirement, as the file spells them. */
type Shown = readonly [file: string, ...names: string[]];

interface Requirement {
  readonly shown: readonly Shown[];
  /** What this release has no part for, and why. */
  readonly open?: string;
}

/** How many requirements each section has. */
const SECTIONS = [7, 6, 9, 6, 4, 3, 8, 7, 12];

const LATER_FETCHING = 'nothing here fetches an address that somebody else chose';

/**
 * The security and reliability requirements by number, each with the tests that show it. A test that is renamed or removed
 * must be replaced here; a requirement without a test says what is missing and why.
 */
const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  '1.1': {
    shown: [
      [
        'test/security/routes.test.ts',
        'every route has a policy, and every policy a route',
        '%s: a draft, to those whose rule does not let it through',
      ],
      ['test/architecture.test.ts', 'every import follows the table of the architecture'],
      ['src/core/records/delete.test.ts', 'happens before a body is read, as far as it can be judged'],
    ],
  },
  '1.2': {
    shown: [
      [
        'test/security/routes.test.ts',
        'every route has a policy, and every policy a route',
        '%s: guests and accounts',
      ],
      ['test/security/wire.test.ts', '%s names nothing'],
    ],
    open: 'the table of policies is checked by the test, not at the start: each route calls the core, which asks for itself',
  },
  '1.3': {
    shown: [
      [
        'src/core/records/update.test.ts',
        'is judged on the record as it is stored, with the change in the body',
        'counts from the stored value: two at once are both counted',
      ],
      ['src/core/records/create.test.ts', 'tells nothing of its values to who fails the rule'],
    ],
  },
  '1.4': {
    shown: [
      [
        'src/core/records/view.test.ts',
        'that the rule leaves out is not found, and neither is one that does not exist',
      ],
      [
        'src/core/records/delete.test.ts',
        'obeys the rule, and looks the same for what is forbidden and what is missing',
      ],
      [
        'test/security/files.test.ts',
        'shows neither content nor existence to who may not have it, however it is asked for',
      ],
    ],
  },
  '1.5': {
    shown: [
      [
        'src/core/filter/attacks.test.ts',
        'a password cannot be guessed by its hash, hidden or not',
        'a tree is held to the same as a text',
      ],
      [
        'src/core/records/list.test.ts',
        'cannot probe what the caller may not read',
        'match hidden e-mails for nobody but superusers',
      ],
      [
        'src/core/records/expand.test.ts',
        'to what the caller may not view are left out',
        'that are hidden lead nowhere, from either end',
      ],
      [
        'src/core/records/view.test.ts',
        'shows hidden fields to superusers, but no password and no token key',
      ],
      [
        'test/security/input.test.ts',
        'a hidden field by way of a relation in its sort',
        'a token key in its sort',
      ],
      [
        'test/security/realtime.test.ts',
        'never tells of a record to who may not see it, however it is asked for',
        'never shows hidden fields, withheld e-mails or secrets, and no filter finds them out',
      ],
    ],
  },
  '1.6': {
    shown: [
      [
        'src/core/records/create.test.ts',
        'token key, verified flag, role and password hash of an account',
        'hidden fields stay empty, and rules do not see them in the body',
      ],
      [
        'src/core/records/update.test.ts',
        'cannot set a password hash, token key, role, verified flag or e-mail',
        'cannot reach hidden fields or moments',
      ],
      ['src/core/records/input.test.ts', 'of any shape sets the collection’s fields and nothing else'],
      ['test/security/identity.test.ts', 'what is the server’s to say is not taken from a body'],
    ],
  },
  '1.7': {
    shown: [
      ['src/core/records/view.test.ts', 'follows a changed rule at once'],
      ['test/scenarios/pocketbase/collections.ts', 'rules act on the next request'],
      ['test/security/files.test.ts', 'becomes protected for everybody at once, also where it is in memory'],
      [
        'src/core/realtime/changes.test.ts',
        'that are lost with the account or its token key are lost on the next event',
        'of all sessions end with the secret of their collection',
        'follow the account and the rule as they are at the event',
      ],
      ['test/security/realtime.test.ts', 'follows changed rules and lost sessions from the next event on'],
      ['src/console/pages/operations/requests-live.test.ts', 'who is %s hears no more'],
    ],
  },
  '2.1': {
    shown: [
      [
        'src/core/filter/attacks.test.ts',
        'names with quotes reach no statement, not even in a tree',
        'any text is only a value',
        'a statement never shows a value',
      ],
      ['test/contracts/database.ts', 'a quoted name that does not exist is an error, not a string'],
    ],
  },
  '2.2': {
    shown: [
      [
        'src/core/filter/parse.test.ts',
        '3,500 characters are read, 3,501 are not',
        '200 expressions are read, 201 are not',
        'deep nesting is an error, not a full stack',
      ],
      [
        'src/core/filter/attacks.test.ts',
        'joins',
        'the widest filter is answered',
        'list rules that point at each other do not run forever',
      ],
      [
        'test/contracts/database.ts',
        'an endless read is ended at its timeout while other reads and writes go on',
      ],
      [
        'test/security/input.test.ts',
        'other requests go on while long texts are searched with many wildcards',
      ],
      [
        'src/core/records/expand.test.ts',
        'is not written again and again until the answer has no end',
        'is left out of the records that would make the answer too long',
      ],
    ],
  },
  '2.3': {
    shown: [
      [
        'src/http/body.test.ts',
        'the size limit holds for declared and undeclared lengths',
        'depth is limited, and brackets in text do not count',
        'keys never become members of a prototype',
        'a form of very many names is refused without taking it apart',
      ],
      ['test/security/input.test.ts', 'reaches no prototype', 'of 150,000 names'],
    ],
  },
  '2.4': {
    shown: [
      ['src/core/fields/fields.test.ts', 'that would take a backtracking engine years take no time'],
      ['src/console/pages/records/filters.test.ts', 'is as fast with what is much longer than any moment'],
    ],
  },
  '2.5': {
    shown: [
      ['src/core/records/create.test.ts', 'gets the issues of odd values, never an internal error'],
      ['src/core/records/list.test.ts', 'that cannot be read are the caller’s fault'],
      ['test/scenarios/pocketbase/hostile.ts', 'anything goes: '],
      [
        'test/security/input.test.ts',
        'everything twice',
        'a page beyond numbers',
        'with a text in place of its value',
      ],
    ],
  },
  '2.6': {
    shown: [
      [
        'src/server/serve.test.ts',
        'what the handler throws is a plain 500 that tells nothing',
        'is on every error answer and in its log line',
        'is the one that the handler logged, and its own for each request',
      ],
      ['src/server/last-resort.test.ts', 'what nobody caught is logged and counted, and the server goes on'],
      ['test/security/wire.test.ts', '%s %s carries the id of its log line', '%s names nothing'],
    ],
  },
  '3.1': {
    shown: [
      [
        'src/http/multipart.test.ts',
        'a body of 300 MB passes in constant memory',
        'the body is held back while a handler is busy',
      ],
      [
        'src/http/json-strings.test.ts',
        'strings are taken out where they are wanted, and the rest is as it was',
      ],
    ],
  },
  '3.2': {
    shown: [
      [
        'src/http/multipart.test.ts',
        'a declared length beyond the limit is refused before anything is read',
        'an undeclared length beyond the limit is cut, at the limit it passes',
      ],
      [
        'src/core/files/intake.test.ts',
        'a file one byte too large is refused by its field, and nothing is left',
        'files far beyond the number that a field takes are refused before their first byte',
      ],
      [
        'test/scenarios/pocketbase/uploads.ts',
        'a declared length beyond the limit is answered before the body',
        'after all that, records, catalogue and disk agree',
      ],
      [
        'test/scenarios/trailbase/file-uploads.ts',
        'a file of 10 MB fits, a larger one is too long',
        'a body that breaks off leaves nothing',
      ],
      [
        'test/security/limits.test.ts',
        'no file is larger than the operator allows, whatever its field says',
        'no form is larger than the operator allows',
      ],
    ],
  },
  '3.3': {
    shown: [
      [
        'src/core/files/intake.test.ts',
        'the type is that of the content, whatever the name says',
        'an allowed type matches without its parameters',
      ],
      [
        'src/lib/sniff.test.ts',
        'svg in UTF-16 is still svg',
        'any bytes get a type, and hostile ones get it in linear time',
      ],
      [
        'test/scenarios/pocketbase/downloads.ts',
        'what is shown in place is what the content is, whatever the name says',
      ],
    ],
  },
  '3.4': {
    shown: [
      ['src/lib/id.test.ts', 'object ids have more than 128 bits'],
      [
        'src/lib/file-name.test.ts',
        'any name is stored under a short and safe one',
        'a cleaned name is short, printable, one segment, and stays as it is',
      ],
      ['test/security/files.test.ts', '%p adds no header and no folder'],
    ],
  },
  '3.5': {
    shown: [
      ['src/core/files/read.test.ts', 'the odd name %p just misses'],
      [
        'test/scenarios/pocketbase/downloads.ts',
        'a file is reached by the name and by the id of its collection, and by nothing else',
      ],
    ],
  },
  '3.6': {
    shown: [
      [
        'src/core/auth/auth.test.ts',
        'for files is none for signing in, and the other way round',
        'ends with its time, although it was verified before',
      ],
      ['test/security/files.test.ts', 'is gone for a token from before a password change'],
      [
        'test/scenarios/trailbase/file-downloads.ts',
        'a signed link opens one file, for whoever has it',
        'a link that was changed in any place opens nothing',
        'a link ends in time, with the right to read, and with the sessions of its account',
      ],
    ],
  },
  '3.7': {
    shown: [
      [
        'test/scenarios/trailbase/file-uploads.ts',
        'what names no file of this record is refused, and nothing changes',
      ],
      ['src/core/records/files.test.ts', 'cannot be named into a record, not even those of another'],
      [
        'src/core/files/intake.test.ts',
        'uploads of another request cannot be attached',
        'an upload cannot be attached twice, nor without a place among the names',
      ],
    ],
  },
  '3.8': {
    shown: [
      [
        'src/core/files/quota.test.ts',
        'many uploads at once never exceed the quota (%s)',
        'replacements and new files at once stay within, too',
        'the counters are the sums of what is live, whatever was done',
        'bytes that are known beforehand are refused before the first',
      ],
      ['src/core/files/intake.test.ts', 'what was received and not attached is gone after discard'],
      ['src/core/files/erase.test.ts', 'gives up what another process had reserved, and may be repeated'],
    ],
  },
  '3.9': { shown: [], open: 'an optional hook, which comes with webhooks' },
  '4.1': {
    shown: [
      ['test/security/wire.test.ts', '%s %s says its type, cannot be sniffed, sets no cookie'],
      [
        'test/scenarios/pocketbase/downloads.ts',
        'what could run in a browser is never inline, and always in a sandbox',
      ],
    ],
    open: 'application/json has no charset: it is UTF-8 by its definition, and clients compare the type as text',
  },
  '4.2': {
    shown: [
      [
        'test/scenarios/pocketbase/downloads.ts',
        'what could run in a browser is never inline, and always in a sandbox',
        'what is shown in place is what the content is, whatever the name says',
        'passive types are inline',
      ],
    ],
    open: 'a separate host for files is a matter of the proxy; the server answers for any host',
  },
  '4.3': {
    shown: [
      ['src/http/disposition.test.ts', 'any name gives one valid header that carries it'],
      [
        'test/security/files.test.ts',
        '%p adds no header and no folder',
        'a thumb size is in a header only when it is one',
      ],
    ],
  },
  '4.4': {
    shown: [
      [
        'src/http/conditional.test.ts',
        'a weak own tag never makes a part',
        'HEAD ignores ranges',
        'any header values get an answer',
      ],
      [
        'test/scenarios/pocketbase/downloads.ts',
        'conditions: If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range',
        'HEAD gives the same headers and no body',
      ],
      [
        'test/security/files.test.ts',
        'shows neither content nor existence to who may not have it, however it is asked for',
      ],
    ],
  },
  '4.5': {
    shown: [
      [
        'test/security/files.test.ts',
        'is not for shared caches, in whole, in part, as a thumb or unchanged',
        'is gone for a token from before a password change',
      ],
      ['test/security/identity.test.ts', 'is not looked for in the query, in cookies or in the body'],
      [
        'test/scenarios/trailbase/file-downloads.ts',
        'an access token in the query opens files, and nothing else',
      ],
      ['src/server/mask-query.test.ts', 'no spelling of a secret name lets its value through'],
      ['test/security/wire.test.ts', 'the log holds no secret, and no line that somebody else wrote'],
    ],
  },
  '4.6': {
    shown: [
      ['test/faults/outage.test.ts', 'a download from '],
      [
        'src/drivers/storage/local/local.test.ts',
        'a range beyond the bytes on disk is an error, not a short answer',
      ],
      ['src/core/files/derive.test.ts', 'an original that the storage lost is missing_object'],
    ],
  },
  '5.1': {
    shown: [
      [
        'test/contracts/images.ts',
        '50 megapixels are the limit',
        'of an animation, the first frame',
        'a side that follows from the ratio is never longer than 4096',
        'SVG, PDF and TIFF, whatever is in them',
      ],
      [
        'src/drivers/images/sharp/images.test.ts',
        'one that takes too long is killed, and the next job gets another',
      ],
    ],
  },
  '5.2': {
    shown: [
      [
        'src/drivers/images/sharp/images.test.ts',
        'is bounded: one more than it holds is refused at once',
        'one that is killed fails its own job only',
      ],
      ['test/scenarios/pocketbase/downloads.ts', 'twenty requests for one new thumb give one picture'],
    ],
  },
  '5.3': {
    shown: [
      [
        'src/core/files/derive.test.ts',
        'one file has a bounded number of variants; the one used longest ago goes',
        'derivatives go with their original',
      ],
      [
        'test/scenarios/pocketbase/downloads.ts',
        'an undeclared size, a size that is none, or a file that is no picture: the original',
      ],
    ],
  },
  '5.4': {
    shown: [['src/core/images/transform.test.ts', 'pictures are made from raster images, never from SVG']],
    open: 'how soon a decoder is updated is a promise of the maintainers, not of the code',
  },
  '6.1': { shown: [], open: LATER_FETCHING },
  '6.2': { shown: [], open: LATER_FETCHING },
  '6.3': { shown: [], open: LATER_FETCHING },
  '7.1': {
    shown: [
      [
        'src/drivers/passwords/passwords.test.ts',
        'a new hash is argon2id with 19 MiB, lets its password in, and no other',
        'a long password counts to its last character',
        'work beyond concurrency and queue is refused at once, and the places come back',
      ],
      ['src/console/pages/setup/setup.test.ts', 'attackers try first'],
    ],
    open: 'through PocketBase only superusers are held to the list of common passwords: its clients sign accounts up with 12345678',
  },
  '7.2': {
    shown: [
      [
        'src/core/auth/auth.test.ts',
        'answers unknown, wrong and passwordless alike, each after one check of a password',
      ],
      ['src/drivers/passwords/passwords.test.ts', 'a burnt password costs about what a wrong one does'],
      ['test/security/identity.test.ts', 'cannot find out which accounts exist'],
      [
        'src/core/auth/account-flows.test.ts',
        'costs one check, whoever asks and whatever is wrong',
        'with a name that is taken answers and costs the same: %j',
        'is asked for at most once while the link is good, and answers everybody alike without a hash or a write',
      ],
      ['src/core/auth/codes.test.ts', 'is asked for with the same answer and at once by everybody'],
      ['src/dialects/trailbase/routes/auth.test.ts', 'nobody learns who has an account'],
    ],
  },
  '7.3': {
    shown: [
      [
        'src/core/auth/auth.test.ts',
        'stops after the limit, for that address only, until a minute has passed',
        'at once gets no more tries than one by one',
        'from anywhere in one IPv6 network counts as one caller',
        'is not forgotten for logins that a full queue refuses',
      ],
      ['src/http/client-ip.test.ts', 'without proxies the peer is the client, whatever it claims'],
      [
        'src/drivers/passwords/passwords.test.ts',
        'one caller fills a quarter of the queue at most, and the others wait behind it',
      ],
      [
        'test/security/identity.test.ts',
        'is held off, whatever the caller says of its address or adds to the name',
      ],
      [
        'src/core/auth/codes.test.ts',
        'guessing from ever new addresses ends, though not where its owner is at home',
      ],
      [
        'src/core/auth/account-flows.test.ts',
        'is asked for again when the link of a stranger’s request is over: nobody is kept waiting by others',
        'guessing it by changes of the record is held off as well, alone and in batches',
      ],
    ],
  },
  '7.4': {
    shown: [
      [
        'src/core/auth/auth.test.ts',
        'with one changed character makes a guest, wherever it is',
        'is of one collection, even where an account of another has the same token key',
        'ends with a new password, a new e-mail, and the account',
      ],
      [
        'test/security/identity.test.ts',
        '%s makes a guest',
        'for files opens nothing else, and none but a file token of a superuser opens a backup',
      ],
      [
        'src/core/auth/sessions.test.ts',
        'is nothing else than that: no other kind, no other key, no other algorithm',
        'and its session end with a new password, a new e-mail, a sign-out, a new secret, or the account',
        'a sign-out ends what streams may hear',
      ],
      [
        'src/core/auth/account-flows.test.ts',
        'wants its own kind of token, in time, of an account that is the same',
      ],
      [
        'src/console/session.test.ts',
        'a session that is used goes on, and its cookie with it; one that is not ends',
        'what a page asks for by itself keeps nobody signed in',
      ],
    ],
  },
  '7.5': {
    shown: [
      [
        'src/core/auth/sessions.test.ts',
        'is 86 random alphanumerics, and only digests of it are stored',
        'that was replaced ends the session when it is used again',
        'beside the one that was used does not start a second line of its own',
        'ends at the time that was set at the start, however often it was used',
      ],
      [
        'src/core/auth/codes.test.ts',
        'has five tries, wherever they come from, even at once',
        'used twice at once opens once',
        'lasts five minutes, and comes once in five',
        'shows codes that count once, also for two at once and by another way',
      ],
    ],
  },
  '7.6': { shown: [], open: 'OAuth comes later' },
  '7.7': {
    shown: [
      ['src/core/records/update.test.ts', 'of the password needs the old one, and ends every token'],
      ['src/core/auth/account-flows.test.ts', 'is not changed by a wrong one, however often'],
      ['src/core/auth/codes.test.ts', 'is switched off by a code of its own'],
      ['src/core/auth/auth.test.ts', 'is not made twice by two forms at once'],
      [
        'test/security/identity.test.ts',
        'is one, however many forms arrive at once',
        'is not made by a page of another site, by a guess, or by reading',
      ],
      [
        'src/console/pages/accounts/accounts.test.ts',
        'of another superuser is changed and deleted by one’s own password alone',
        'of one’s own loses its authenticator app by a code alone, not by a session left open',
      ],
      [
        'src/console/pages/operations/backups.test.ts',
        'is begun by one’s own password alone: an archive may hold any superusers',
      ],
    ],
  },
  '7.8': {
    shown: [
      [
        'src/drivers/database/sqlite/connection.test.ts',
        'a new database is for its user alone, also in a folder that is not',
      ],
      ['src/server/worker-environment.test.ts', 'a worker gets what it needs to start, and no secret'],
      ['src/console/pages/setup/setup.test.ts', 'is not there for the link %p'],
    ],
    open: 'that comparing takes the same time is seen in the code (timingSafeEqual, jose), not measured',
  },
  '8.1': {
    shown: [
      [
        'src/server/serve.test.ts',
        'two Hosts',
        'a Host with a port that is none',
        'TRACE',
        'CONNECT',
        'length and chunks at once',
      ],
      [
        'test/security/wire.test.ts',
        'requests whose end is not certain are refused, and nothing in them is served',
        'no header and no parameter stands for another method',
        'forwarded headers change neither links nor the address of the caller',
      ],
      [
        'src/core/auth/mail-text.test.ts',
        'the link of a stock template leads where the dialect says, as a link and as text',
      ],
    ],
  },
  '8.2': {
    shown: [
      [
        'src/http/pace.test.ts',
        'a byte now and then',
        'a body at twice the least rate, for as long as it takes',
      ],
      ['src/http/body.test.ts', 'a body that only drips is given up, whatever is left of it'],
      ['src/http/multipart.test.ts', 'a file that only drips is given up, and so is its reader'],
      [
        'src/server/serve.test.ts',
        'a head that only drips is cut',
        'a long body may take longer than the idle time limit, and its connection ends with it again',
        'is bounded; the rest is told to come again, and may when there is room',
      ],
      ['test/security/wire.test.ts', 'a thousand connections that say nothing hinder nobody'],
      [
        'src/server/streams.test.ts',
        'of one address have a bound, and give their place back when the client goes',
      ],
      ['test/security/realtime.test.ts', 'one address holds a bounded number of streams'],
    ],
    open: 'requests under way are bounded per address; connections that send nothing are bounded by their time only, since Bun shows no connections',
  },
  '8.3': {
    shown: [
      [
        'test/security/wire.test.ts',
        '%s %s says its type, cannot be sniffed, sets no cookie',
        'a GET changes nothing',
      ],
      ['test/security/identity.test.ts', 'is not made by a page of another site, by a guess, or by reading'],
      ['src/http/cookie.test.ts', 'a cookie is safe by default'],
      [
        'src/dialects/trailbase/cookies.test.ts',
        'both cookies are strict, hidden from scripts, and as long as their tokens',
      ],
      ['src/dialects/trailbase/csrf.test.ts', '%p is meant: %p, foreign the other way round'],
      [
        'test/scenarios/trailbase/auth.ts',
        'a page that changes the password stays signed in; one of another site changes nothing',
        'a form of another site signs nobody in',
        'a link signs out by header, or by cookie where the site itself asks',
      ],
      [
        'src/console/console.test.ts',
        'takes no form of another site',
        'needs the token of its session, in the form or the header, and no other origin',
        'sets a __Host- cookie where the console is reached over TLS',
      ],
      [
        'test/security/console.test.ts',
        'no form does anything without its token, and reading changes nothing',
      ],
    ],
    open: "the cookies of TrailBase's wire have the names that its clients know, without `__Host-`; by GET these clients sign out, delete with a header, and confirm with the token of a mail",
  },
  '8.4': {
    shown: [
      [
        'src/console/pages/setup/setup.test.ts',
        'shows what was typed as text, never as markup',
        '%s cannot be framed, scripted from elsewhere, cached or sniffed, and tells no other site its address',
      ],
      [
        'test/browser/console.test.ts',
        'nothing that was stored runs: markup, names with scripts, SVG and addresses with javascript:',
      ],
      [
        'src/core/transfers/transfers.test.ts',
        'neutralises what a spreadsheet would run, and leaves numbers alone',
      ],
      [
        'src/console/pages/files/preview.test.ts',
        'only the page of a PDF may hold a frame, and only of this server',
      ],
      ['test/browser/files.test.ts', 'each file is shown for what it is, and nothing of it runs'],
      [
        'test/browser/record-form.test.ts',
        'what attackers stored neither runs nor loads anything in the editor, and stays byte for byte',
      ],
      [
        'src/console/pages/operations/requests-live.test.ts',
        'what clients send as path and name is text, in one event',
        'the log is saved as CSV that no spreadsheet computes and no terminal obeys, and as JSON',
      ],
    ],
  },
  '8.5': {
    shown: [
      ['src/server/pipeline.test.ts', 'a list allows only its members'],
      ['test/security/limits.test.ts', 'pages of other origins than the listed may not read answers'],
    ],
  },
  '8.6': {
    shown: [
      [
        'src/core/realtime/changes.test.ts',
        'is decided by what the event carries, not by what the record has become',
        'of a deletion is decided while all that the rule reaches is still there',
        'sees no hidden field, unless a superuser',
      ],
      [
        'test/security/realtime.test.ts',
        'of a deletion is no exception',
        'is not taken over by another account, another address, or a guess',
        'is dropped when its client does not read',
      ],
      ['src/http/sse.test.ts', 'a client that does not read is ended, and keeps little in memory'],
      [
        'src/dialects/trailbase/subscriptions.test.ts',
        'ends with a word when its client may not see it any more',
        'misses events, and is told so before the next one',
      ],
      [
        'src/server/sockets.test.ts',
        'is not for pages of other sites',
        'is for all pages where all are listed, but never with cookies',
        'keeps little for a client that does not read, and says when there is room again',
      ],
      [
        'test/security/trailbase-realtime.test.ts',
        'tells nobody of what a rule hides, however it is asked for',
        'a page of another site hears nothing in the name of who visits it',
      ],
      ['src/console/pages/operations/requests-live.test.ts', 'who is %s hears no more'],
    ],
  },
  '8.7': {
    shown: [
      ['src/core/auth/auth.test.ts', 'leaves who, when and where in the log, and no secrets'],
      [
        'src/server/log.test.ts',
        'cannot forge a second line or move the cursor',
        'has its facts, and cannot overwrite what every line has',
      ],
      ['test/security/wire.test.ts', 'the log holds no secret, and no line that somebody else wrote'],
      [
        'src/core/auth/watch-accounts.test.ts',
        'what a superuser makes, changes and deletes of accounts is logged with who and where, and without secrets',
      ],
    ],
  },
  '9.1': {
    shown: [
      ['test/faults/power-cut.test.ts', 'a power cut loses nothing that was acknowledged'],
      [
        'src/drivers/storage/local/local.test.ts',
        'the steps of a put are in the order that makes it durable',
      ],
      [
        'src/drivers/database/sqlite/connection.test.ts',
        'the writer has every pragma that the product relies on',
      ],
      [
        'src/drivers/database/sqlite/faults.test.ts',
        'no acknowledged write is lost when the process is killed',
      ],
    ],
  },
  '9.2': {
    shown: [
      ['test/faults/ledger-services.test.ts', 'killed where uploads in parts and erasures are under way'],
      ['src/core/files/intake.test.ts', 'the row is committed before the source is asked for its first byte'],
      [
        'src/drivers/storage/local/local.test.ts',
        'a removal that cannot be made durable fails, and succeeds when asked again',
      ],
    ],
  },
  '9.3': {
    shown: [
      ['src/core/files/intake.test.ts', 'a transaction that fails after attach leaves nothing'],
      ['test/contracts/database.ts', 'a body that awaits something else is given up and the others land'],
    ],
  },
  '9.4': {
    shown: [
      ['test/faults/outage.test.ts', 'an outage of '],
      [
        'src/core/collections/collections.test.ts',
        'a plain SQL update that drops names',
        'a plain SQL delete, by the index over owners',
        'a truncation and a deleted collection',
      ],
      [
        'src/core/files/erase.test.ts',
        'failures back off, ten of them abandon, and a retry finishes the work',
      ],
    ],
  },
  '9.5': {
    shown: [
      [
        'src/core/files/erase.test.ts',
        'nothing is erased while a pin is held; each of two counts',
        'a pin taken while the batch is being read holds it, too',
      ],
    ],
  },
  '9.6': {
    shown: [
      [
        'src/drivers/database/sqlite/connection.test.ts',
        'the writer has every pragma that the product relies on',
        'readers cannot write, and trust no schema',
      ],
    ],
  },
  '9.7': {
    shown: [
      ['test/faults/full-disk.test.ts', 'on a full disk reads and deletes go on'],
      [
        'src/drivers/storage/local/local.test.ts',
        'an fsync that fails is not tried again, and the object does not appear',
      ],
      [
        'src/drivers/database/sqlite/faults.test.ts',
        'an I/O error stops writes until the file was opened anew and checked',
        'a full database undoes the whole batch, and reads and deletes go on',
      ],
    ],
  },
  '9.8': {
    shown: [
      ['test/faults/migrate.test.ts', 'killed while files move between the folder and'],
      [
        'src/server/lock.test.ts',
        'another process is refused while the first lives, and the lock goes with it when it is killed',
      ],
      ['src/core/files/erase.test.ts', 'gives up what another process had reserved, and may be repeated'],
      ['test/faults/ledger.test.ts', 'several deaths in a row without a look in between'],
    ],
  },
  '9.9': {
    shown: [
      [
        'test/binary.test.ts',
        'is whole: restored elsewhere, records and files agree, and writers were not held up',
      ],
      [
        'src/drivers/backups/zip/zip.test.ts',
        'an object that is not what the catalogue says makes the backup fail, and none is listed',
        'foreign names, links and doubles',
        'bytes that changed',
        'a restore that is interrupted',
      ],
      [
        'src/server/serve-again.test.ts',
        'what is no backup is not restored, and neither uploaded nor restored by others',
      ],
    ],
  },
  '9.10': {
    shown: [
      [
        'src/core/collections/collections.test.ts',
        'undoes everything when stored rows do not fit a new unique index',
        'refuses to serve when a table does not fit its definition',
      ],
      [
        'test/contracts/database.ts',
        'schema changes are undone with their body, and statements prepared before see the new shape',
      ],
    ],
  },
  '9.11': {
    shown: [
      ['test/contracts/database.ts', 'the queue is bounded'],
      [
        'src/drivers/database/sqlite/faults.test.ts',
        'reads waiting for a reader process are bounded, and time counts while they wait',
      ],
      [
        'src/server/serve.test.ts',
        'finishes what is under way, an upload included, and takes nothing new',
        'cuts what takes longer than it may',
      ],
      ['src/server/run.test.ts', 'a second signal ends it at once'],
    ],
  },
  '9.12': {
    shown: [
      ['test/binary.test.ts', 'has no failpoints'],
      [
        'src/core/files/kill.test.ts',
        'a process killed at %s loses nothing that was acknowledged and leaks nothing',
      ],
    ],
  },
};

const numbers = SECTIONS.flatMap((count, section) =>
  Array.from({ length: count }, (_, at) => `${section + 1}.${at + 1}`),
);

test('every requirement has an entry, and every entry is a requirement', () => {
  expect(Object.keys(REQUIREMENTS).sort()).toEqual(numbers.sort());
});

describe('each is shown by tests that exist, or says why not', () => {
  test.each(Object.keys(REQUIREMENTS))('%s', async (number) => {
    const { shown = [], open } = REQUIREMENTS[number] ?? {};
    if (shown.length === 0) expect(open).toBeDefined();
    const lost: string[] = [];
    for (const [file, ...names] of shown) {
      expect(names.length).toBeGreaterThan(0);
      const text = await Bun.file(join(ROOT, file)).text();
      for (const name of names) if (!isNamed(text, name)) lost.push(`${file}: ${name}`);
    }
    expect(lost).toEqual([]);
  });
});

/** Whether a text in quotes begins with the name; `failpointNames` and its like stand without quotes. */
function isNamed(text: string, name: string): boolean {
  const spelled = RegExp.escape(name);
  return new RegExp(`['"\`]${spelled}|\\(${spelled}\\)`).test(text);
}

test('a name that no test has is found out', () => {
  expect(isNamed("test('something else', () => {})", 'something')).toBe(true);
  expect(isNamed("test('something else', () => {})", 'else')).toBe(false);
});
