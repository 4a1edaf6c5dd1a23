/**
 * What a configuration means, frozen: the only thing later stages see of it. Every value knows where it was written.
 */
import type { Sourced } from '../errors.js';
import type { FieldsPlan } from '../fields/format.js';

/** Everything that decides how lines are matched. */
export interface FilterPlan {
  readonly name: string;
  /** Bracket options in force, `{}` when none. */
  readonly options: Readonly<Record<string, string>>;
  readonly prefregex: Sourced<string> | undefined;
  /** Tags of the configuration resolved, `<HOST>` and its family still in place. */
  readonly failregex: readonly Sourced<string>[];
  readonly ignoreregex: readonly Sourced<string>[];
  readonly maxlines: Sourced<number> | undefined;
  readonly datepattern: Sourced<string> | undefined;
  readonly usedns: Sourced<string> | undefined;
  readonly logtimezone: Sourced<string> | undefined;
  readonly logencoding: Sourced<string> | undefined;
  /** One entry an option line, shell-split. */
  readonly journalmatch: readonly Sourced<readonly string[]>[];
  /** How lines are decoded before they are matched; undefined: they are matched as they are. */
  readonly fields?: FieldsPlan | undefined;
}

/** A time as written and in seconds; `seconds` is undefined when the text is no time. */
export interface TimeValue {
  readonly text: string;
  readonly seconds: number | undefined;
}

/** fail2ban.conf (or f2b.conf): what concerns the server as a whole. Undefined: nobody wrote it and there is no default. */
export interface GlobalPlan {
  readonly loglevel: Sourced<string>;
  readonly logtarget: Sourced<string>;
  readonly syslogsocket: Sourced<string>;
  readonly socket: Sourced<string>;
  readonly pidfile: Sourced<string>;
  readonly allowipv6: Sourced<string>;
  /** `None` (any case) switches the store off. */
  readonly dbfile: Sourced<string>;
  readonly dbmaxmatches: Sourced<number> | undefined;
  readonly dbpurgeage: Sourced<TimeValue>;
  readonly threadStackKib: Sourced<number> | undefined;
}

/** One line of `logpath`. */
export interface LogPathPlan {
  /** Path or glob as written. */
  readonly pattern: string;
  /** `head` or `tail` for fail2ban; kept as written, the server checks it. */
  readonly mode: string;
  /** What the glob came to when the configuration was read. */
  readonly files: readonly string[];
}

/** bantime.increment and its family. */
export interface BanTimeGrowthPlan {
  readonly increment: Sourced<boolean> | undefined;
  readonly factor: Sourced<string> | undefined;
  readonly formula: Sourced<string> | undefined;
  readonly multipliers: Sourced<string> | undefined;
  readonly maxTime: Sourced<TimeValue> | undefined;
  readonly rndTime: Sourced<TimeValue> | undefined;
  readonly overallJails: Sourced<boolean> | undefined;
}

export type ActionCommandName =
  | 'actionstart'
  | 'actionstop'
  | 'actionflush'
  | 'actionreload'
  | 'actioncheck'
  | 'actionrepair'
  | 'actionban'
  | 'actionprolong'
  | 'actionreban'
  | 'actionunban';

/** One action of a jail. */
export interface ActionPlan {
  /** Name within the jail (`actname`). */
  readonly name: string;
  /** Base name of the file in action.d, without suffix. */
  readonly file: string;
  readonly origin: Sourced<string>['origin'];
  /** Path of a Python plug-in (`smtp.py`), which a built-in has to stand in for; undefined for `.conf` actions. */
  readonly plugin: string | undefined;
  /** Shell text, tags known at load time filled in; only what is defined. Keys are those that were written. */
  readonly commands: Readonly<Partial<Record<ActionCommandName, Sourced<string>>>>;
  readonly startOnDemand: Sourced<boolean> | undefined;
  readonly repairOnUnban: Sourced<boolean> | undefined;
  readonly noRestored: Sourced<boolean> | undefined;
  /** f2b's own keys (`bulkban`, `actionverify` …, also `bulkban?family=inet6`), which fail2ban does not know. */
  readonly extras?: ReadonlyMap<string, Sourced<string>> | undefined;
  /** Everything else, usable as `<tag>`: bracket options, name, actname, [Init] with `option?family=inet6`. In order. */
  readonly properties: ReadonlyMap<string, Sourced<string>>;
}

/** One enabled jail. Undefined: nobody wrote it, the server's default holds. */
export interface JailPlan {
  readonly name: string;
  readonly origin: Sourced<string>['origin'];
  readonly backend: Sourced<string>;
  /** With everything that the jail section overrides. Undefined when no filter is set. */
  readonly filter: FilterPlan;
  readonly maxRetry: Sourced<number> | undefined;
  readonly maxMatches: Sourced<number> | undefined;
  /** f2b's own key, which fail2ban does not know: it is no command. */
  readonly maxFailing?: Sourced<number> | undefined;
  readonly findTime: Sourced<TimeValue> | undefined;
  readonly banTime: Sourced<TimeValue> | undefined;
  readonly growth: BanTimeGrowthPlan;
  readonly ignoreSelf: Sourced<boolean> | undefined;
  readonly ignoreIp: readonly Sourced<string>[];
  readonly ignoreCommand: Sourced<string> | undefined;
  readonly ignoreCache: Sourced<string> | undefined;
  readonly logPaths: readonly Sourced<LogPathPlan>[];
  readonly actions: readonly ActionPlan[];
  /** The commands that set this jail up in a server, in fail2ban's order (`start` not included). */
  readonly commands: readonly Command[];
}

/** A word of a command: a value with its origin, or a list of such. */
export type Word = Sourced<Scalar> | readonly Word[];
export type Scalar =
  | string
  | number
  | bigint
  | boolean
  | null
  | Readonly<Record<string, number | bigint | null>>;
/** One line of the command stream (`fail2ban-client -d`). */
export type Command = readonly Word[];
