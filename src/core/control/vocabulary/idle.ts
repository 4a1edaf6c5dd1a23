/** Vocabulary: a jail that rests: it reads nothing and bans nobody. */
import { CommandError } from '../command-error.js';
import { argument, type JailEntry } from '../entry.js';

export const IDLE_ENTRY: JailEntry = {
  scope: 'set-jail',
  name: 'idle',
  syntax: 'on|off',
  help: 'lets the jail rest, or wakes it up',
  group: 'jail-configuration',
  writes: true,
  run(desk, jail, args) {
    const word = argument(args, 0);
    if (word !== 'on' && word !== 'off') throw new CommandError("Invalid idle option, must be 'on' or 'off'");
    desk.rest(jail, word === 'on');
    desk.save(jail.name, 'idle', jail.idle ? true : undefined);
    return jail.idle;
  },
};
