/** Vocabulary: what a jail reads and looks for: expressions, logs, journal matches, ignored addresses. */
import { statSync } from 'node:fs';
import type { JailFace } from '../../jail/face.js';
import { CommandError, valueError } from '../command-error.js';
import type { Desk } from '../desk.js';
import { argument, type JailEntry, type Show } from '../entry.js';
import { checkFilter, compiledRegexes } from '../filter-texts.js';
import {
  FAILREGEX,
  IGNOREIP,
  IGNOREREGEX,
  JOURNALMATCH,
  type ListSetting,
  LOGPATH,
  sameRule,
} from '../lists.js';
import { integerOf } from '../numbers.js';
import { addToList, dropFromList } from '../overrides.js';
import { IpText, type Value } from '../values.js';

type Run = JailEntry['run'];

function configures(name: string, syntax: string, rest: { help: string; show: Show; run: Run }): JailEntry {
  return { scope: 'set-jail', name, syntax, group: 'jail-configuration', writes: true, ...rest };
}

function informs(name: string, rest: { help: string; show: Show; run: Run }): JailEntry {
  return { scope: 'get-jail', name, syntax: '', group: 'jail-information', writes: false, ...rest };
}

export const LIST_ENTRIES: readonly JailEntry[] = [
  configures('addignoreip', '<IP> ... <IP>', {
    help: 'adds addresses, networks, names or file:PATH to those that are ignored',
    show: 'ignoreip',
    run(desk, jail, args) {
      for (const item of args) {
        if (item.trim() === '') continue;
        if (IGNOREIP.items(desk.planOf(jail)).some((rule) => sameRule(rule, item))) continue;
        jail.ignore.add(item);
        addToList(desk, jail, { list: IGNOREIP, item });
      }
      return ignoredBy(jail);
    },
  }),
  configures('delignoreip', '<IP>', {
    help: 'takes an address, network or name out of those that are ignored',
    show: 'ignoreip',
    run(desk, jail, args) {
      const item = argument(args, 0);
      if (!jail.ignore.remove(item)) throw valueError('list.remove(x): x not in list');
      const written = IGNOREIP.items(desk.planOf(jail)).find((rule) => sameRule(rule, item)) ?? item;
      dropFromList(desk, jail, { list: IGNOREIP, item: written });
      return ignoredBy(jail);
    },
  }),
  informs('ignoreip', {
    help: 'gets the addresses, networks and names that are ignored',
    show: 'ignoreip',
    run: (_, jail) => ignoredBy(jail),
  }),
  ...regexEntries('failregex', FAILREGEX),
  ...regexEntries('ignoreregex', IGNOREREGEX),
  configures('addlogpath', "<FILE> ['tail']", {
    help: 'adds a log, to be read from its start (head) or from its end (tail)',
    show: 'logpath',
    run(desk, jail, args) {
      const path = argument(args, 0);
      const mode = (args[1] ?? 'head').toLowerCase();
      if (args.length > 2) throw valueError('Only one file can be added at a time');
      if (mode !== 'head' && mode !== 'tail') throw valueError("File option must be 'head' or 'tail'");
      assertFile(path);
      if (!logsOf(desk, jail).includes(path))
        addToList(desk, jail, { list: LOGPATH, item: mode === 'tail' ? `${path}\ntail` : path });
      return logsOf(desk, jail);
    },
  }),
  configures('dellogpath', '<FILE>', {
    help: 'takes a log out of those that are read',
    show: 'logpath',
    run(desk, jail, args) {
      const path = argument(args, 0);
      if (logsOf(desk, jail).includes(path)) dropFromList(desk, jail, { list: LOGPATH, item: path });
      return logsOf(desk, jail);
    },
  }),
  informs('logpath', { help: 'gets the logs that are read', show: 'logpath', run: logsOf }),
  configures('addjournalmatch', '<MATCH>', {
    help: 'adds a match to those of the journal',
    show: 'journalmatch',
    run(desk, jail, args) {
      if (readsJournal(jail) && args.length > 0)
        addToList(desk, jail, { list: JOURNALMATCH, item: JSON.stringify(args) });
      return matchesOf(desk, jail);
    },
  }),
  configures('deljournalmatch', '<MATCH>', {
    help: 'takes a match out of those of the journal',
    show: 'journalmatch',
    run(desk, jail, args) {
      const item = JSON.stringify(args);
      if (readsJournal(jail)) {
        if (!JOURNALMATCH.items(desk.planOf(jail)).includes(item)) {
          throw valueError(`Match ${args.join(' ')} not found`);
        }
        dropFromList(desk, jail, { list: JOURNALMATCH, item });
      }
      return matchesOf(desk, jail);
    },
  }),
  informs('journalmatch', { help: 'gets the matches of the journal', show: 'journalmatch', run: matchesOf }),
];

function regexEntries(name: 'failregex' | 'ignoreregex', list: ListSetting): readonly JailEntry[] {
  const shown = (desk: Desk, jail: JailFace): Value => compiledRegexes(desk.planOf(jail).filter, name);
  const meant = name === 'failregex' ? 'that tell failures' : 'whose lines do not count';
  return [
    configures(`add${name}`, '<REGEX>', {
      help: `adds an expression to those ${meant}`,
      show: 'regexes',
      run(desk, jail, args) {
        const item = argument(args, 0);
        const { filter } = desk.planOf(jail);
        // Alone, so that what is wrong elsewhere is not blamed on it.
        checkFilter({ ...filter, failregex: [], ignoreregex: [], [name]: [{ value: item }] });
        addToList(desk, jail, { list, item });
        return shown(desk, jail);
      },
    }),
    configures(`del${name}`, '<INDEX>', {
      help: `takes the expression of this number out of those ${meant}`,
      show: 'regexes',
      run(desk, jail, args) {
        const item = list.items(desk.planOf(jail)).at(integerOf(argument(args, 0)));
        if (item !== undefined) dropFromList(desk, jail, { list, item });
        return shown(desk, jail);
      },
    }),
    informs(name, { help: `gets the expressions ${meant}`, show: 'regexes', run: shown }),
  ];
}

function ignoredBy(jail: JailFace): Value {
  return jail.ignore.list().map((rule) => new IpText(rule));
}

function readsJournal(jail: JailFace): boolean {
  return jail.backend.startsWith('systemd');
}

function logsOf(desk: Desk, jail: JailFace): string[] {
  return readsJournal(jail) ? [] : [...new Set(LOGPATH.items(desk.planOf(jail)))];
}

/** Alternatives apart: `A=1 + B=2` is two. */
export function matchesOf(desk: Desk, jail: JailFace): string[][] {
  if (!readsJournal(jail)) return [];
  return desk.planOf(jail).filter.journalmatch.flatMap(({ value }) => {
    const groups: string[][] = [[]];
    for (const word of value) {
      if (word === '+') groups.push([]);
      else groups.at(-1)?.push(word);
    }
    return groups;
  });
}

function assertFile(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    const { errno, code } = error as NodeJS.ErrnoException;
    const number = Math.abs(errno ?? 0);
    const text =
      code === 'ENOENT'
        ? 'No such file or directory'
        : code === 'EACCES'
          ? 'Permission denied'
          : String(code);
    throw new CommandError(`[Errno ${number}] ${text}: '${path}'`, {
      name: code === 'EACCES' ? 'PermissionError' : 'FileNotFoundError',
      args: [number, text],
      filename: path,
    });
  }
}
