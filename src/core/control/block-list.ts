/**
 * Control stage: a published block list → whom to ban, and which of its lines are refused and why.
 *
 * One address or network a line, `#` and `;` begin a comment, a number behind the address (how often it was seen) says
 * nothing. Refused, and told with the number of the line, is whatever would lock out who must not be: this machine's own
 * addresses, what the jail ignores, and everybody at once.
 */
import type { Ignored, IgnoreRules } from '../filter/ignore.js';
import { type IpAddress, parseAddress } from '../net/address.js';
import type { BanId } from '../records.js';

export interface RefusedLine {
  /** Counts from 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface BlockList {
  /** Each once, in order. */
  readonly ids: readonly BanId[];
  readonly refused: readonly RefusedLine[];
}

export interface BlockListOptions {
  readonly ignore: Pick<IgnoreRules, 'judgeQuick' | 'list'>;
  /** Addresses of this machine. */
  readonly own: readonly string[];
}

/** @param text the whole list; a byte order mark is passed over */
export function readBlockList(text: string, options: BlockListOptions): BlockList {
  const guard = new Guard(options);
  const ids = new Map<string, BanId>();
  const refused: RefusedLine[] = [];
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = (index === 0 ? raw.replace(/^\ufeff/, '') : raw).replace(/[#;].*$/, '').trim();
    if (line === '') continue;
    const read = readLine(line);
    const reason = typeof read === 'string' ? read : guard.objection(read);
    if (reason !== undefined) refused.push({ line: index + 1, text: line, reason });
    else if (typeof read !== 'string') ids.set(read.text, { id: read.text, family: read.family });
  }
  return { ids: [...ids.values()], refused };
}

const LINE = /^([^\s,]+)(?:[\s,]+\d+)?$/;

/** The address, or why it is none. */
function readLine(line: string): IpAddress | string {
  const word = LINE.exec(line)?.[1];
  if (word === undefined) return 'more than one address on a line';
  const address = parseAddress(word);
  if (!address) return 'neither an address nor a network';
  const prefix = /\/(\d+)$/.exec(word)?.[1];
  if (prefix !== undefined && Number(prefix) > address.bytes.length * 8)
    return `no network has ${prefix} bits`;
  return address;
}

/** Whoever must not be locked out. */
class Guard {
  readonly #ignore: BlockListOptions['ignore'];
  readonly #kept: readonly (readonly [address: IpAddress, what: string])[];

  constructor({ ignore, own }: BlockListOptions) {
    this.#ignore = ignore;
    this.#kept = [
      ...own.flatMap((text) => asAddress(text, 'an address of this machine')),
      ...ignore.list().flatMap((rule) => asAddress(rule, 'which is ignored')),
    ];
  }

  objection(address: IpAddress): string | undefined {
    if (address.prefix === 0) return 'it means everybody';
    const ignored: Ignored | undefined = this.#ignore.judgeQuick({
      id: address.text,
      family: address.family,
    });
    if (ignored) return `it is ignored (${ignored.by})`;
    for (const [kept, what] of this.#kept) {
      if (address.text === kept.text) return what === 'which is ignored' ? 'it is ignored' : `it is ${what}`;
      if (address.contains(kept)) return `it holds ${kept.text}, ${what}`;
    }
    return undefined;
  }
}

function asAddress(text: string, what: string): [IpAddress, string][] {
  const address = parseAddress(text.replace(/%.*$/, ''));
  return address ? [[address, what]] : [];
}
