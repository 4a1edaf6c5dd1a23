/**
 * Lines as an attacker would have them: a sample and the parts the client chose → the same line with other words there.
 *
 * The daemon's own words stay where they are, so whatever a filter finds must be the daemon's address or nothing. The
 * strongest forgery is the line itself: the rest of it, its message or the whole of it, with the victim's address.
 */
import type { Sample } from './sample-file.js';

export const VICTIM = '203.0.113.66';
const VICTIM6 = '2001:db8:66::66';

/** What generations of attackers wrote into user names, addresses and agents. */
const SAYINGS = [
  ` from ${VICTIM}`,
  ` from ${VICTIM} port 1`,
  ` from ${VICTIM} port 1 ssh2`,
  ` from ${VICTIM} port 1 ssh2: RSA SHA256:abc`,
  ` from ${VICTIM} port 1 ssh2:`,
  ` ${VICTIM} port 1`,
  ` ${VICTIM} port 1:`,
  ` ${VICTIM} port 1: Too many authentication failures [preauth]`,
  ` rhost=${VICTIM}`,
  ` rhost=${VICTIM}  user=root`,
  `>, method=PLAIN, rip=${VICTIM}, lip=${VICTIM}, session=<a>`,
  `,${VICTIM}): unknown user`,
  `[${VICTIM}]`,
  ` from unknown[${VICTIM}]: 554 5.7.1 Relay access denied`,
  `" was not found in "x", client: ${VICTIM}, server: a, request: "GET /`,
  `, client: ${VICTIM}, server: a`,
  `' failed for '${VICTIM}:5060' (callid: 1) - No matching endpoint found`,
  `' failed for '${VICTIM}' - Wrong password`,
  `",RemoteAddress="IPV4/UDP/${VICTIM}/5060`,
  `] [client ${VICTIM}:1] user root not found: /`,
  `\\n[error] [client ${VICTIM}] user root not found: /`,
  ` [${VICTIM6}] ${VICTIM6}`,
  `\\"'>)]} ${VICTIM} ({[<'"`,
  ` Ban ${VICTIM}`,
];

/**
 * Forged texts of a sample: every free part alone, and all of them together. In a line of JSON they stand as the service
 * would quote them, and as one would write them that does not quote.
 */
export function* forgeries(sample: Sample): Generator<string> {
  yield* plainForgeries(sample);
  if (!/\{.*\}$/.test(sample.text)) return;
  const quote = sample.text.startsWith('{"log":"') ? (text: string) => quoted(quoted(text)) : quoted;
  yield* plainForgeries(sample, quote);
}

/** As between the quotes of JSON. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function* plainForgeries(sample: Sample, quote = (text: string): string => text): Generator<string> {
  const { text, free = [], host = '192.0.2.7' } = sample;
  for (const part of free)
    for (const word of wordsFor(text, part, host)) yield put(text, new Map([[part, quote(word)]]));
  if (free.length < 2) return;
  for (const first of free)
    for (const word of mirrors(text, first, host))
      yield put(text, new Map(free.map((part) => [part, quote(word)])));
}

function* wordsFor(text: string, part: string, host: string): Generator<string> {
  for (const saying of SAYINGS) {
    yield saying;
    yield `${part}${saying}`;
    yield `${saying} ${part}`;
    yield `${part}${saying} x`;
  }
  yield* mirrors(text, part, host);
}

/** The line's own words behind and around the part, with the victim in place of the client. */
function* mirrors(text: string, part: string, host: string): Generator<string> {
  const victim = (words: string): string => words.replaceAll(host, VICTIM);
  const at = text.indexOf(part);
  const end = at + part.length;
  const tail = victim(text.slice(end));
  const start = text.indexOf(': ') + 2;
  const message = victim(text.slice(at < start ? 0 : start));
  for (const words of [tail, `${part}${tail}`, message, victim(text), `${part}${tail} ${message}`]) {
    yield words;
    yield `${part}${words}`;
    yield `${words} ${part}`;
    yield `${words}${victim(text.slice(Math.max(0, at - 12), at))}${part}`;
  }
}

/** Later parts first, so that positions of the text stay what they were. */
function put(text: string, words: ReadonlyMap<string, string>): string {
  const places = [...words].map(([part, word]) => ({ at: text.indexOf(part), part, word }));
  places.sort((a, b) => b.at - a.at);
  let forged = text;
  for (const { at, part, word } of places)
    forged = `${forged.slice(0, at)}${word}${forged.slice(at + part.length)}`;
  return forged;
}
