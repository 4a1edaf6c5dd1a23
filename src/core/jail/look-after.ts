/**
 * Jail stage: what a jail does before it reads anything: whatever stood before stands again.
 *
 * After a crash, a reboot or a flushed firewall: expired bans go, started actions are checked and repaired, bans that
 * were lost or are in doubt are put back, actions that do not wait for a ban are started. All of it is on disk behind it.
 */
import type { Jail } from './jail.js';

export interface LookAfterOptions {
  /** The machine was started anew since the jail was last looked after: nothing stands. */
  readonly rebooted: boolean;
  /** What `rebooted` says is on disk. */
  readonly onDistrusted?: (() => void) | undefined;
}

export interface LookedAfter {
  /** Bans that were put back because the firewall had lost them. */
  readonly restored: number;
  /** Actions that cannot do their work, and why. */
  readonly broken: readonly { readonly action: string; readonly reason: string }[];
}

export async function lookAfter(
  jail: Jail,
  { rebooted, onDistrusted }: LookAfterOptions,
): Promise<LookedAfter> {
  const broken: { action: string; reason: string }[] = [];
  let restored = 0;
  jail.cutBanTimes();
  jail.expire();
  if (rebooted) {
    restored = jail.bans().length;
    jail.restoreAll();
  }
  await jail.settleFormer(rebooted);
  onDistrusted?.();
  for (const { action, state, reason } of await jail.actions.start()) {
    if (state === 'broken') broken.push({ action, reason: reason ?? 'could not be started' });
  }
  if (!rebooted) {
    const checked = await lookAtRules(jail);
    restored += checked.restored;
    broken.push(...checked.broken);
  }
  await jail.enforce();
  return { restored, broken };
}

/** Do the rules stand, and the bans in them? What was lost is owed: `enforce` puts it back. */
export async function lookAtRules(jail: Jail): Promise<LookedAfter> {
  if (jail.bans().length + jail.leaving().length === 0) return { restored: 0, broken: [] };
  const broken: { action: string; reason: string }[] = [];
  for (const { action, state, reason } of await jail.actions.check()) {
    if (state === 'broken') broken.push({ action, reason: reason ?? 'its rules cannot be repaired' });
  }
  await jail.reconcile();
  return { restored: jail.lostCount, broken };
}
