/**
 * A counter without a server: configuration and store, for the length of one command. Who changes something has the store
 * for himself, and what he changed is in the firewall before the answer.
 */
import {
  type Desk,
  type Located,
  locate,
  type OutlinedBans,
  outlineOf,
  run,
  type StandingBan,
  unsettledBans,
} from '../core/control/index.js';
import type { Counter, CounterRequest, Handled } from './counter.js';
import { openDesk } from './desk.js';
import { keyOf } from './standing-key.js';

export async function openLocalCounter(request: CounterRequest): Promise<Counter> {
  const { desk, notices, close } = await openDesk(request);
  return {
    notices,
    close,
    handle: (words, located) => handle(desk, located ?? locate(words)),
    outline: async (bans: OutlinedBans, jail) => outlineOf(desk, bans, jail),
    ignoreRules: async (jail) => desk.jail(jail).ignore,
  };
}

/** What was changed before a command fails is carried out all the same. */
async function handle(desk: Desk, located: Located): Promise<Handled> {
  const jails = located.entry.writes ? [...desk.jails.values()] : [];
  const before = new Set(jails.flatMap((jail) => unsettledBans(desk, jail)).map(keyOf));
  let outcome: Handled['outcome'];
  try {
    outcome = { value: await run(desk, located) };
  } catch (error) {
    outcome = { error };
  }
  const settled = await desk.settle({ alone: true });
  return {
    outcome,
    unsettled: settled.flatMap((jail) => unsettledBans(desk, jail)),
    isNew: (ban: StandingBan) => !before.has(keyOf(ban)),
  };
}
