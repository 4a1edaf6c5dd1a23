/** Vocabulary: the store: where it is, how long it remembers, how much. */
import { parseTime } from '../../config/times.js';
import { findStore } from '../../store/store-path.js';
import { CommandError, NoServerError } from '../command-error.js';
import { GLOBAL_OVERRIDES } from '../desk.js';
import { argument, type GlobalEntry } from '../entry.js';
import { integerOf } from '../numbers.js';
import { secondsValue, type Value } from '../values.js';

export const DATABASE_ENTRIES: readonly GlobalEntry[] = [
  {
    scope: 'set',
    name: 'dbfile',
    syntax: '<FILE>',
    help: 'sets the file of the store; None for none',
    group: 'database',
    show: 'dbfile',
    writes: true,
    run({ jails, store }, args) {
      const file = argument(args, 0);
      const place = findStore(file);
      if ((place.kind === 'file' ? place.path : undefined) === store.path) return store.path ?? null;
      if (jails.size > 0)
        throw new CommandError('Cannot change database when there are jails present', {
          name: 'RuntimeError',
        });
      throw new NoServerError(
        `set dbfile ${file}`,
        'Write it into fail2ban.local (or f2b.conf): [Definition].',
      );
    },
  },
  {
    scope: 'get',
    name: 'dbfile',
    syntax: '',
    help: 'gets the file of the store',
    group: 'database',
    show: 'dbfile',
    writes: false,
    run: ({ store }) => store.path ?? null,
  },
  {
    scope: 'set',
    name: 'dbmaxmatches',
    syntax: '<NUMBER>',
    help: 'sets how many log lines are kept with a ban',
    group: 'database',
    writes: true,
    run(desk, args) {
      desk.globals.dbmaxmatches = integerOf(argument(args, 0));
      desk.save(GLOBAL_OVERRIDES, 'dbmaxmatches', desk.globals.dbmaxmatches);
      return desk.globals.dbmaxmatches;
    },
  },
  {
    scope: 'get',
    name: 'dbmaxmatches',
    syntax: '',
    help: 'gets how many log lines are kept with a ban',
    group: 'database',
    writes: false,
    run: ({ globals }) => globals.dbmaxmatches,
  },
  {
    scope: 'set',
    name: 'dbpurgeage',
    syntax: '<TIME>',
    help: 'sets how long bans are remembered',
    group: 'database',
    show: 'dbpurgeage',
    writes: true,
    run(desk, args) {
      const word = argument(args, 0);
      parseTime(word);
      desk.globals.dbpurgeage = word;
      desk.save(GLOBAL_OVERRIDES, 'dbpurgeage', word);
      return ageOf(word);
    },
  },
  {
    scope: 'get',
    name: 'dbpurgeage',
    syntax: '',
    help: 'gets how long bans are remembered',
    group: 'database',
    show: 'dbpurgeage',
    writes: false,
    run: ({ globals }) => ageOf(globals.dbpurgeage),
  },
];

function ageOf(text: string): Value {
  const { seconds, kind } = parseTime(text);
  return secondsValue(seconds, kind);
}
