import type { Store } from '../../src/core/store/store.js';
import { ban, failing, mark, NOW, past, position } from './samples.js';

const ID = (step: number) => `10.1.${step >> 8}.${step & 255}`;
const STANDING = 20;

/** Step number `step`: a ban, its mark, the log position, and what was banned long ago ends. All or nothing. */
export function writeStep(store: Store, step: number): void {
  store.transaction(() => {
    store.addBan(ban(ID(step), { timeSec: NOW + step }));
    store.savePosition('sshd', position('/var/log/auth.log', { offsetBytes: step }));
    store.saveFailing('sshd', [failing(ID(step + 1)), failing(ID(step + 2))]);
    store.markBans('sshd', 'nft', [[ID(step), mark('done', { atSec: NOW + step })]]);
    store.addTotals('sshd', { failed: 3, banned: 1 });
    if (step >= STANDING) {
      store.endBans('sshd', [ID(step - STANDING)], { atSec: NOW + step, by: 'expired' });
    }
  });
}

/** The last step that is in the store, of which nothing may be missing; -1: none. */
export function stepsIn(store: Store): { readonly last: number; readonly state: unknown } {
  const last = store.positions('sshd')[0]?.offsetBytes ?? -1;
  const state = {
    bans: store.bans('sshd'),
    past: store.past({ limit: 50 }),
    pastCount: store.past({}).length,
    failing: store.failing('sshd'),
    totals: store.totals('sshd'),
  };
  return { last, state };
}

/** What the store has to hold after that step. */
export function stateAfter(last: number): unknown {
  const steps = Array.from({ length: last + 1 }, (_, step) => step);
  const standing = steps.slice(-STANDING);
  return {
    bans: standing.map((step) =>
      ban(ID(step), { timeSec: NOW + step, marks: { nft: mark('done', { atSec: NOW + step }) } }),
    ),
    past: steps
      .slice(-50)
      .reverse()
      .map((step) => ({
        ...past(ID(step), { timeSec: NOW + step }),
        ...(standing.includes(step) ? {} : { endedSec: NOW + step + STANDING, endedBy: 'expired' }),
      })),
    pastCount: steps.length,
    failing: last < 0 ? [] : [failing(ID(last + 1)), failing(ID(last + 2))],
    totals: { failed: 3 * steps.length, banned: steps.length },
  };
}
