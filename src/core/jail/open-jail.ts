/**
 * Jail stage: a plan and what the machine offers → a jail that stands where it stood before.
 *
 * Puts the parts of jail.ts together with the real ones: ignore rules, actions, what the store remembers of both. Who
 * wants others (a replay, a dry run) builds a Jail itself.
 */
import type { ActionJournal, ActionMemory } from '../action/actions.js';
import { openActions, systemHostName } from '../action/open-actions.js';
import { sendMail } from '../action/send-mail.js';
import type { Clock } from '../clock.js';
import type { ActionPlan, JailPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import type { OperationMode } from '../filter/dating.js';
import type { IgnoreRules } from '../filter/ignore.js';
import { openIgnoreRules } from '../filter/ignore-rules.js';
import { parseAddress } from '../net/address.js';
import type { Resolver } from '../net/dns.js';
import { type ActionMark, perMarks } from '../records.js';
import type { Store } from '../store/store.js';
import { ignoreShell } from './ignore-shell.js';
import { Jail, type JailOptions } from './jail.js';
import { readsJournal } from './open-logs.js';
import { settingsOf } from './settings.js';

export { isRebooted, noteBoot } from './whole-jail.js';

/** What jails share: the machine, and what is remembered. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly resolver: Resolver;
  /** [0, 1) */
  readonly random: () => number;
  /** Identifies the running boot. */
  readonly bootId: string;
  /** `allowipv6`. */
  readonly allowIpv6: boolean;
}

export interface OpenJailOptions {
  readonly mode?: OperationMode | undefined;
  /** Instead of the plan's own. */
  readonly openActions?: JailOptions['actions'] | undefined;
}

export function openJail(plan: JailPlan, world: World, options: OpenJailOptions = {}): Jail {
  const isJournal = safely(() => readsJournal(plan));
  return new Jail(plan, {
    ...world,
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ignore: ignoreRules(plan, world),
    backend: isJournal ? 'systemd' : 'polling',
    actions: options.openActions ?? ((journal, jail, plans) => realActions(jail, world, { journal, plans })),
  });
}

/** Whose failures do not count, with what the machine knows of itself and of names. */
export function ignoreRules(
  plan: JailPlan,
  { log, resolver, clock }: Pick<World, 'log' | 'resolver' | 'clock'>,
): IgnoreRules {
  const shell = ignoreShell({
    jail: plan.name,
    nowSec: () => clock.nowSec(),
    banTimeSec: () => 0,
    counts: () => ({ banned: 0, bannedTotal: 0, failing: 0, failedTotal: 0 }),
    hostName: systemHostName,
    nameOf: async (text) => {
      const address = parseAddress(text);
      return address && (await resolver.reverse(address));
    },
    merged: () => undefined,
  });
  return openIgnoreRules(plan, { resolver, clock, log, shell });
}

function realActions(
  jail: Jail,
  world: World,
  { journal, plans }: { journal: ActionJournal; plans: readonly ActionPlan[] },
): Jail['actions'] {
  const { plan } = jail;
  const { store, log, resolver, clock, allowIpv6 } = world;
  const names = plans.map(({ name }) => name);
  const remembered = memories(jail, world, names);
  return openActions(plans, {
    ...{ jail: plan.name, journal, log, resolver, clock },
    memory: (action) => remembered.get(action) ?? { families: [], holding: [] },
    allowIpv6: () => allowIpv6,
    // The jail is being built while its actions are opened.
    banTimeSec: () => (jail.settings ?? settingsOf(plan)).banTimeSec,
    counts: () => {
      const { banned, bannedTotal, failing, failedTotal } = jail.counts;
      return { banned, bannedTotal, failing, failedTotal };
    },
    merged: (id, of) => {
      const past = store.past({ id, jail: of });
      if (past.length === 0) return undefined;
      return {
        lines: [...past].reverse().flatMap(({ matches }) => matches.map(({ text }) => text)),
        failures: past.reduce((sum, { failures }) => sum + failures, 0),
      };
    },
    onRepair: (action, family) => jail.lost(action, family),
    sendMail,
  });
}

/** What each action knows from before. What was started in another boot is gone. */
function memories(
  jail: Jail,
  { store, bootId }: World,
  names: readonly string[],
): ReadonlyMap<string, ActionMemory> {
  const families = store.families(jail.name).filter((family) => family.bootId === bootId);
  const bans = [...jail.leaving(), ...jail.bans()];
  return new Map(
    names.map((name) => [
      name,
      {
        families: families.filter(({ action }) => action === name),
        holding: [],
        held: bans.filter(perMarks((marks) => isHeld(marks[name]))),
      },
    ]),
  );
}

function isHeld(mark: ActionMark | undefined): boolean {
  return mark?.state === 'done' || mark?.state === 'begun';
}

function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
