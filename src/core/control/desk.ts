/**
 * Control stage: the control desk: everything a command may look at or change, in one place.
 *
 * A daemon has one for its life, `f2b status` and `f2b set` open one for a moment (src/commands/desk.ts). Without a
 * server a changed setting lives in the store, as an override of the configuration, and holds for whoever opens the
 * jail next (overrides.ts) until a reload drops it.
 */
import type { Clock } from '../clock.js';
import type { GlobalPlan, JailPlan } from '../config/plans.js';
import type { JailFace } from '../jail/face.js';
import { settingsOf } from '../jail/settings.js';
import { parseAddress } from '../net/address.js';
import type { Resolver } from '../net/dns.js';
import type { BanId, Json } from '../records.js';
import type { Store } from '../store/store.js';
import { CommandError, unknownJail } from './command-error.js';
import type { ServerFace } from './server-face.js';

/** A jail that is in the configuration but not at the desk. */
export interface SkippedJail {
  readonly name: string;
  readonly message: string;
}

/** Settings of the server as a whole, in force. */
export interface DeskGlobals {
  loglevel: string;
  logtarget: string;
  syslogsocket: string;
  dbmaxmatches: number;
  /** As written: `1d`. */
  dbpurgeage: string;
  threadStackKib: number;
}

export interface DeskOptions {
  readonly clock: Clock;
  readonly resolver: Resolver;
  /** What `version` answers. */
  readonly version: string;
  readonly globals: DeskGlobals;
  /** Encoding of logs whose jail says `auto`, by Python's name. */
  readonly localeEncoding?: string;
  readonly jails: ReadonlyMap<string, JailFace>;
  readonly disabled?: readonly string[] | (() => readonly string[]);
  /** A server finds new ones with each reload. */
  readonly skipped?: readonly SkippedJail[] | (() => readonly SkippedJail[]);
  readonly store: Store;
  /** Writes an override down; undefined `value`: back to what the configuration says. Default: into the store. */
  readonly save?: (jail: string, name: string, value: Json | undefined) => void;
  /** Called before the changes of a jail are carried out. */
  readonly onSettle?: (jail: JailFace) => void | Promise<void>;
  /** Carries out the changes of a jail; default: the jail itself. */
  readonly enforce?: (jail: JailFace) => Promise<void>;
  /** A plan was changed by hand and is in force. */
  readonly onAdopt?: (jail: JailFace, plan: JailPlan) => void;
  /** A jail was put to rest, or woken up. */
  readonly onIdle?: (jail: JailFace) => void;
  /** The server this desk stands in, where there is one. */
  readonly server?: ServerFace;
}

/** A jail that is running takes a changed plan over (filter, logs, actions); one that is open for a moment need not. */
export interface AdoptingJail extends JailFace {
  adopt?(plan: JailPlan): void;
}

/** Overrides of global settings are kept under this jail's name, which no jail can have. */
export const GLOBAL_OVERRIDES = '';

export class Desk {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly version: string;
  readonly globals: DeskGlobals;
  readonly localeEncoding: string;
  readonly jails: ReadonlyMap<string, JailFace>;
  readonly store: Store;
  readonly #disabled: () => readonly string[];
  readonly #skipped: () => readonly SkippedJail[];
  readonly #save: NonNullable<DeskOptions['save']>;
  readonly server: ServerFace | undefined;
  readonly #onSettle: NonNullable<DeskOptions['onSettle']>;
  readonly #enforce: NonNullable<DeskOptions['enforce']>;
  readonly #onAdopt: NonNullable<DeskOptions['onAdopt']>;
  readonly #onIdle: NonNullable<DeskOptions['onIdle']>;
  /** Of jails that keep the plan they were opened with. */
  readonly #plans = new WeakMap<JailFace, JailPlan>();
  readonly #touched = new Set<JailFace>();

  constructor(options: DeskOptions) {
    this.clock = options.clock;
    this.resolver = options.resolver;
    this.version = options.version;
    this.globals = options.globals;
    this.localeEncoding = options.localeEncoding ?? 'UTF-8';
    this.jails = options.jails;
    this.#disabled = asCall(options.disabled);
    this.#skipped = asCall(options.skipped);
    this.store = options.store;
    this.#save = options.save ?? ((jail, name, value) => this.store.saveOverride(jail, name, value));
    this.server = options.server;
    this.#onSettle = options.onSettle ?? (() => {});
    this.#enforce = options.enforce ?? ((jail) => jail.enforce());
    this.#onAdopt = options.onAdopt ?? (() => {});
    this.#onIdle = options.onIdle ?? (() => {});
  }

  /** In the configuration, but not enabled. */
  get disabled(): readonly string[] {
    return this.#disabled();
  }

  get skipped(): readonly SkippedJail[] {
    return this.#skipped();
  }

  /** @throws {CommandError} there is no such jail; why, if that is known, is in the hint */
  jail(name: string): JailFace {
    const jail = this.jails.get(name);
    if (jail) return jail;
    const skipped = this.skipped.find((each) => each.name === name);
    if (skipped) throw unknownJail(name, skipped.message);
    if (!this.disabled.includes(name)) throw unknownJail(name);
    throw unknownJail(
      name,
      `${name} is in the configuration, but not enabled: write enabled = true into its section.`,
    );
  }

  /** The plan in force: the configuration's, with what was changed by hand. */
  planOf(jail: JailFace): JailPlan {
    return this.#plans.get(jail) ?? jail.plan;
  }

  /** Puts a changed plan in force. What the jail cannot take over while it is open holds when it is opened next. */
  adopt(jail: AdoptingJail, plan: JailPlan): void {
    if (jail.adopt) jail.adopt(plan);
    else {
      this.#plans.set(jail, plan);
      Object.assign(jail.settings, settingsOf(plan));
    }
    this.#onAdopt(jail, plan);
  }

  /** Puts a jail to rest, or wakes it up. */
  rest(jail: JailFace, idle: boolean): void {
    jail.idle = idle;
    this.#onIdle(jail);
  }

  save(jail: string, name: string, value: Json | undefined): void {
    this.#save(jail, name, value);
  }

  /** Bans of this jail have changed: `settle` carries them out. */
  touch(jail: JailFace): void {
    this.#touched.add(jail);
  }

  /**
   * Carries out what the commands so far have changed. `alone`: no server looks after the actions, so they are started
   * before, and those that hold nothing any more are stopped behind.
   * @returns the jails it concerned
   */
  async settle({ alone = false } = {}): Promise<readonly JailFace[]> {
    const jails = [...this.#touched];
    this.#touched.clear();
    for (const jail of jails) {
      await this.#onSettle(jail);
      if (alone) await jail.actions.start();
      await this.#enforce(jail);
      if (alone) await jail.actions.stop('idle');
    }
    return jails;
  }
}

/** The server's defaults where fail2ban.conf says nothing. Source: client.md §3. */
export function globalsOf(
  plan: GlobalPlan | undefined,
  overrides: Readonly<Record<string, Json>> = {},
): DeskGlobals {
  const number = (name: string, otherwise: number) => {
    const value = overrides[name];
    return typeof value === 'number' ? value : otherwise;
  };
  const age = overrides['dbpurgeage'];
  return {
    loglevel: plan?.loglevel.value ?? 'INFO',
    logtarget: plan?.logtarget.value ?? 'STDERR',
    syslogsocket: plan?.syslogsocket.value ?? 'auto',
    dbmaxmatches: number('dbmaxmatches', plan?.dbmaxmatches?.value ?? 10),
    dbpurgeage: typeof age === 'string' ? age : (plan?.dbpurgeage.value.text ?? '1d'),
    threadStackKib: plan?.threadStackKib?.value ?? 0,
  };
}

function asCall<T>(items: readonly T[] | (() => readonly T[]) | undefined): () => readonly T[] {
  return typeof items === 'function' ? items : () => items ?? [];
}

/** Who is meant by a word of a command: an address or network in its normal spelling, else a raw id. */
export function banIdOf(text: string): BanId {
  const address = parseAddress(text);
  return address ? { id: address.text, family: address.family } : { id: text, family: undefined };
}

/**
 * The ids behind a word that says whom to let go: itself, or what a host name means.
 * @throws {CommandError} the word is empty
 */
export async function idsBehind(text: string, resolver: Resolver): Promise<readonly BanId[]> {
  if (text === '') throw new CommandError('Nobody is meant by an empty word');
  const own = banIdOf(text);
  if (own.family !== undefined || !HOST_NAME.test(text)) return [own];
  const { addresses } = await resolver.resolve(text);
  return [own, ...addresses.map(({ text: id, family }) => ({ id, family }))];
}

/** What may be a host name; anything else is a raw id and is not looked up. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[\w-]{0,62})(?:\.[\w-]{1,63})*\.?$/i;
