/**
 * Control stage: what an entry of the vocabulary is. Dispatch, help, shell completion and documentation read the same.
 */
import type { JailFace } from '../jail/face.js';
import { missingArgument } from './command-error.js';
import type { Desk } from './desk.js';
import type { Value } from './values.js';

/** Headings of fail2ban's help, in its order. */
export type Group =
  | 'basic'
  | 'logging'
  | 'database'
  | 'jail-control'
  | 'jail-configuration'
  | 'jail-information';

/** How a client prints the answer (src/view/reply.ts); `plain` is Python's `str`. */
export type Show =
  | 'plain'
  | 'words'
  | 'ping'
  | 'status'
  | 'stats'
  | 'added'
  | 'started'
  | 'stopped'
  | 'flushlogs'
  | 'loglevel'
  | 'logtarget'
  | 'syslogsocket'
  | 'dbfile'
  | 'dbpurgeage'
  | 'logpath'
  | 'logencoding'
  | 'journalmatch'
  | 'datepattern'
  | 'ignoreip'
  | 'regexes'
  | 'actions'
  | 'action-properties'
  | 'action-methods'
  | 'banip';

interface Common {
  /** Without `set`, `get` and the jail: `maxretry`, `banip`, `status`. */
  readonly name: string;
  /** What follows the name, for help: `<TIME>`, `<IP> ... <IP>`. */
  readonly syntax: string;
  /** One sentence for help. */
  readonly help: string;
  readonly group: Group;
  readonly show?: Show;
  /** Changes something, so that a command without server needs the store for itself. */
  readonly writes: boolean;
  /** Known, but not listed in help. */
  readonly internal?: boolean;
}

/** `NAME …`, `set NAME …`, `get NAME …`. */
export interface GlobalEntry extends Common {
  readonly scope: 'global' | 'set' | 'get';
  readonly run: (desk: Desk, args: readonly string[]) => Value | Promise<Value>;
}

/** `set JAIL NAME …`, `get JAIL NAME …`. */
export interface JailEntry extends Common {
  readonly scope: 'set-jail' | 'get-jail';
  readonly run: (desk: Desk, jail: JailFace, args: readonly string[]) => Value | Promise<Value>;
}

export type Entry = GlobalEntry | JailEntry;

/** The whole command as help shows it: `set <JAIL> maxretry <RETRY>`. */
export function syntaxOf({ scope, name, syntax }: Entry): string {
  const lead = {
    global: [],
    set: ['set'],
    get: ['get'],
    'set-jail': ['set', '<JAIL>'],
    'get-jail': ['get', '<JAIL>'],
  };
  return [...lead[scope], name, syntax].filter((word) => word !== '').join(' ');
}

/** The argument at this place. @throws {CommandError} it is missing */
export function argument(args: readonly string[], index: number): string {
  const word = args[index];
  if (word === undefined) throw missingArgument();
  return word;
}
