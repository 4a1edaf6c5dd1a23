/**
 * Action stage: the actions of a jail → one JailActions that asks them one after the other.
 *
 * Plans + what they may use → JailActions. Calls queue up: one thing at a time in a jail. An action that cannot be used
 * fails its bans with the reason; the others go on.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { type Clock, systemClock } from '../clock.js';
import type { ActionPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import { parseAddress } from '../net/address.js';
import type { Resolver } from '../net/dns.js';
import type { Action } from './action.js';
import type { ActionJournal, ActionMemory, CheckResult, JailActions, Presence } from './actions.js';
import { BrokenAction } from './broken-action.js';
import { CommandAction } from './command-action.js';
import { type CommandRunner, runOnce } from './command-runner.js';
import { CommandTable } from './command-table.js';
import type { ActionContext } from './context.js';
import type { Counts, MergedTickets } from './dynamic-tags.js';
import { Executor } from './executor.js';
import { runMany } from './many-runner.js';
import { Queue } from './queue.js';
import { type SendMail, SmtpAction } from './smtp-action.js';

export interface ActionDeps {
  readonly jail: string;
  readonly journal: ActionJournal;
  readonly memory: (action: string) => ActionMemory;
  readonly log: Log;
  readonly resolver: Pick<Resolver, 'reverse'>;
  readonly clock?: Clock | undefined;
  /** `allowipv6`; true unless told. */
  readonly allowIpv6?: (() => boolean) | undefined;
  /** The jail's bantime now, for commands that are about no ban. */
  readonly banTimeSec?: (() => number) | undefined;
  readonly counts?: (() => Counts) | undefined;
  /** Lines and failures of all bans of an id, of one jail or (undefined) of all; what the store has. */
  readonly merged?: ((id: string, jail: string | undefined) => MergedTickets | undefined) | undefined;
  /** The rules of a family were gone and stand again: `reban` what it held. Called in the midst of another call. */
  readonly onRepair?: ((action: string, family: string) => void) | undefined;
  /** Shared by all jails of the process. */
  readonly firewall?: Queue | undefined;
  /** Runs the commands; tests bring their own. */
  readonly runner?: CommandRunner | undefined;
  /** For `smtp.py`; without it that plug-in is refused like any other. */
  readonly sendMail?: SendMail | undefined;
  readonly hostName?: (() => { readonly full: string; readonly short: string }) | undefined;
}

/** The real thing. */
export const shellRunner: CommandRunner = { run: runOnce, many: runMany };

const allJails = new Queue();
const NO_MEMORY: ActionMemory = { families: [], holding: [], held: [] };

export function openActions(plans: readonly ActionPlan[], deps: ActionDeps): JailActions {
  const context = contextOf(deps);
  const actions = plans.map((plan) => openAction(plan, { deps, context }));
  const queue = new Queue();
  const chosen = (only: readonly string[] | undefined) =>
    only ? actions.filter(({ name }) => only.includes(name)) : actions;
  const inTurn = (among: readonly Action[], work: (action: Action) => Promise<unknown>) =>
    queue.run(async () => {
      for (const action of among) await work(action);
    });
  const collect = async (work: (action: Action) => Promise<readonly CheckResult[]>) => {
    const results: CheckResult[] = [];
    await inTurn(actions, async (action) => results.push(...(await work(action))));
    return results;
  };

  return {
    names: actions.map(({ name }) => name),
    start: () => collect((action) => action.start()),
    ban: (bans, only) => inTurn(chosen(only), (action) => action.ban(bans)),
    unban: (bans, reason, only) => inTurn(chosen(only), (action) => action.unban(bans, reason)),
    redo: (bans, only) => inTurn(chosen(only), (action) => action.redo(bans)),
    prolong: (bans) => inTurn(actions, (action) => action.prolong(bans)),
    reban: (bans, only) => inTurn(chosen(only), (action) => action.reban(bans)),
    flush: (bans, reason) => inTurn(actions, (action) => action.flush(bans, reason)),
    check: () => collect((action) => action.check()),
    async verify(bans) {
      // Of many bans the answers are mostly the same: they share them.
      const nothing: ReadonlyMap<string, Presence> = new Map();
      const found = new Map(bans.map(({ id }) => [id, nothing]));
      await inTurn(actions, async (action) => {
        const shared = new Map<ReadonlyMap<string, Presence>, Map<Presence, ReadonlyMap<string, Presence>>>();
        for (const [id, presence] of await action.verify(bans)) {
          const before = found.get(id);
          if (!before) continue;
          let alike = shared.get(before);
          if (!alike) shared.set(before, (alike = new Map()));
          let after = alike.get(presence);
          if (!after) alike.set(presence, (after = new Map([...before, [action.name, presence]])));
          found.set(id, after);
        }
      });
      return found;
    },
    stop: (only) =>
      only === 'idle'
        ? inTurn([...actions].reverse(), (action) => action.stop(only))
        : inTurn([...chosen(only)].reverse(), (action) => action.stop()),
    reload: (only) => inTurn(chosen(only), (action) => action.reload()),
    action: (name) => actions.find((action) => action.name === name),
  };
}

function openAction(
  plan: ActionPlan,
  { deps, context }: { deps: ActionDeps; context: ActionContext },
): Action {
  const memory = deps.memory(plan.name) ?? NO_MEMORY;
  if (plan.plugin === undefined) return new CommandAction(plan.name, new CommandTable(plan), memory, context);
  if (basename(plan.plugin) === 'smtp.py' && deps.sendMail)
    return new SmtpAction(plan, context, { memory, send: deps.sendMail });
  return BrokenAction.forPlugin(plan, context);
}

function contextOf(deps: ActionDeps): ActionContext {
  const { jail, journal, log, resolver, clock = systemClock, runner = shellRunner } = deps;
  const { firewall = allJails, allowIpv6 = () => true, onRepair = () => {} } = deps;
  return {
    jail,
    journal,
    log,
    clock,
    allowIpv6,
    onRepair,
    executor: new Executor({ runner, log, firewall }),
    tags: {
      jail,
      nowSec: () => clock.nowSec(),
      banTimeSec: deps.banTimeSec ?? (() => 600),
      counts: deps.counts ?? (() => ({ banned: 0, bannedTotal: 0, failing: 0, failedTotal: 0 })),
      merged: deps.merged ?? (() => undefined),
      hostName: deps.hostName ?? systemHostName,
      async nameOf(address) {
        const parsed = parseAddress(address);
        return parsed && (await resolver.reverse(parsed));
      },
    },
  };
}

/** Name of this machine, whole and without its domain. */
export function systemHostName(): { full: string; short: string } {
  const name = hostname();
  const short = name.split('.')[0] ?? name;
  return { full: name.includes('.') ? name : (inHostsFile(name) ?? name), short };
}

/** The name with its domain, as /etc/hosts has it beside the one without; a name server is not asked. */
function inHostsFile(name: string): string | undefined {
  let text = '';
  try {
    text = readFileSync('/etc/hosts', 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  const names = lines.find((line) => line.includes(name)) ?? [];
  return names.find((one) => one.startsWith(`${name}.`)) ?? names.find((one) => one.includes('.'));
}
