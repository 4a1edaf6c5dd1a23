/** Vocabulary: who is banned, in one jail or in all: look, ban, unban, report a failure. */

import type { JailFace } from '../../jail/face.js';
import { parseAddress } from '../../net/address.js';
import { reprString } from '../../python-repr.js';
import { type Ban, type BanId, endOf } from '../../records.js';
import { localText } from '../../time/local-text.js';
import { CommandError, valueError } from '../command-error.js';
import { banIdOf, type Desk, idsBehind } from '../desk.js';
import { argument, type Entry } from '../entry.js';
import { integerOf } from '../numbers.js';
import { IpText, type Value } from '../values.js';

export const BAN_ENTRIES: readonly Entry[] = [
  {
    scope: 'global',
    name: 'banned',
    syntax: '[<IP> ... <IP>]',
    help: 'lists who is banned in each jail, or for each IP the jails in which it is banned',
    group: 'basic',
    writes: false,
    run({ jails }, args) {
      const all = [...jails.values()];
      if (args.length === 0) return all.map((jail) => new Map([[jail.name, bannedIds(jail)]]));
      return args.map((word) => all.filter((jail) => isBanned(jail, word)).map(({ name }) => name));
    },
  },
  {
    scope: 'global',
    name: 'unban',
    syntax: '--all | <IP> ... <IP>',
    help: 'unbans everybody, or these, in all jails, and forgets how often they were banned',
    group: 'basic',
    writes: true,
    async run(desk, args) {
      if (args.length === 0) throw new CommandError('Invalid command');
      let count = 0;
      if (args[0] === '--all') {
        for (const jail of desk.jails.values()) {
          count += jail.unbanAll();
          desk.touch(jail);
        }
        return count;
      }
      for (const word of args) {
        const ids = await idsBehind(word, desk.resolver);
        for (const jail of desk.jails.values()) count += unban(desk, jail, ids);
      }
      return count;
    },
  },
  {
    scope: 'set-jail',
    name: 'banip',
    syntax: '<IP> ... <IP>',
    help: 'bans addresses and networks by hand',
    group: 'jail-configuration',
    writes: true,
    run(desk, jail, args) {
      if (args.length === 0) return 0;
      const ids = args.map(bannable);
      desk.touch(jail);
      return jail.ban(ids);
    },
  },
  {
    scope: 'set-jail',
    name: 'unbanip',
    syntax: '[--report-absent] <IP> ... <IP>',
    help: 'unbans addresses, networks with what is in them, and names',
    group: 'jail-configuration',
    writes: true,
    async run(desk, jail, args) {
      argument(args, 0);
      const report = args[0] === '--report-absent';
      const absent: string[] = [];
      let count = 0;
      for (const word of report ? args.slice(1) : args) {
        const gone = unban(desk, jail, await idsBehind(word, desk.resolver));
        if (gone === 0) absent.push(word);
        count += gone;
      }
      if (report && absent.length > 0) throw valueError(`not banned: [${absent.map(reprString).join(', ')}]`);
      return count;
    },
  },
  {
    scope: 'set-jail',
    name: 'attempt',
    syntax: '<IP> [<LINE> ... <LINE>]',
    help: 'counts a failure, as if these lines had told it',
    group: 'jail-configuration',
    writes: true,
    async run(desk, jail, args) {
      const [word, ...lines] = args;
      if (word === undefined) {
        const message = "Filter.addAttempt() missing 1 required positional argument: 'ip'";
        throw new CommandError(message, { name: 'TypeError' });
      }
      desk.touch(jail);
      return (await jail.attempt(banIdOf(word), lines)) ? 1 : 0;
    },
  },
  {
    scope: 'get-jail',
    name: 'banip',
    syntax: '[<SEP>|--with-time]',
    help: 'lists who is banned, in the order in which bans end, joined by SEP or with their times',
    group: 'jail-information',
    show: 'banip',
    writes: false,
    run(_, jail, args) {
      const bans = [...jail.bans()].sort((a, b) => order(endOf(a), endOf(b)));
      return args[0] === '--with-time' ? bans.map(withTime) : bans.map(({ id }) => new IpText(id));
    },
  },
  {
    scope: 'get-jail',
    name: 'banned',
    syntax: '[<IP> ... <IP>]',
    help: 'lists who is banned, or says for each IP whether it is (1) or not (0)',
    group: 'jail-information',
    writes: false,
    run(_, jail, args) {
      if (args.length === 0) return bannedIds(jail);
      const answers = args.map((word) => (isBanned(jail, word) ? 1 : 0));
      return answers.length === 1 ? (answers[0] as number) : answers;
    },
  },
];

/**
 * An address with something else than a number of bits behind its slash is a slip, and no raw id to ban.
 * @throws {CommandError} in Python's words
 */
function bannable(word: string): BanId {
  if (!word.includes('/')) return banIdOf(word);
  const [address = '', bits] = word.split('/');
  if (bits !== undefined && parseAddress(address) && !parseAddress(word)) integerOf(bits);
  return banIdOf(word);
}

function bannedIds(jail: JailFace): Value {
  return jail.bans().map(({ id }) => new IpText(id));
}

function isBanned(jail: JailFace, word: string): boolean {
  const { id } = banIdOf(word);
  return jail.bans().some((ban) => ban.id === id);
}

function unban(desk: Desk, jail: JailFace, ids: readonly BanId[]): number {
  const gone = jail.unban(ids).length;
  if (gone > 0 || awaitsRelease(desk, jail, ids)) desk.touch(jail);
  return gone;
}

/** One of them was unbanned before, but could not be taken back: asking again means trying again. */
function awaitsRelease(desk: Desk, jail: JailFace, ids: readonly BanId[]): boolean {
  return desk.store.leaving(jail.name).some(({ id }) => ids.some((each) => each.id === id));
}

/** `1.2.3.4 ⇥2026-11-21 08:54:23 + 600 = 2026-11-21 09:04:23` */
function withTime(ban: Ban): string {
  const end = endOf(ban);
  const endText = Number.isFinite(end) ? localText(end) : '9999-12-31 23:59:59';
  return `${ban.id} \t${localText(ban.timeSec)} + ${ban.banTimeSec} = ${endText}`;
}

/** Infinity minus Infinity is no number. */
function order(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
