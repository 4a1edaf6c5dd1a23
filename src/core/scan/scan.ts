/**
 * Scan: every enabled jail once, as a cron entry does. Plans → what happened in each.
 *
 * Jails follow one another; what one of them bans is in f2b's own log before a jail that reads that log (recidive) has
 * its turn. Jails that are no longer configured let go of whom they still hold. A dry run works on a copy of the store,
 * with actions on paper: it answers the same and changes nothing.
 */
import type { JailPlan } from '../config/plans.js';
import type { Jail } from '../jail/jail.js';
import { isRebooted, noteBoot, openJail, type World } from '../jail/open-jail.js';
import { openLogs } from '../jail/open-logs.js';
import { copyStore } from './copy-store.js';
import { PaperActions } from './paper-actions.js';
import { type JailScan, type ReadProgress, scanJail, unsettledOf } from './scan-jail.js';

export interface ScanOptions {
  readonly world: World;
  /** Jails to scan. */
  readonly plans: readonly JailPlan[];
  /** Jails that hold bans but are to be wound up: disabled, or with their section gone. */
  readonly retired: readonly JailPlan[];
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
  /** f2b's own log: jails that read it come last. */
  readonly ownLog: string | undefined;
  readonly dryRun: boolean;
  /** `dbpurgeage`: history that is older is forgotten. */
  readonly purgeAgeSec: number | undefined;
  /** Look at lines from then on, also such as were read before. */
  readonly sinceSec?: number | undefined;
  /** Called when a jail is opened: overrides, settings. */
  readonly prepare?: ((jail: Jail) => void) | undefined;
  readonly onJail?: ((jail: string) => void) | undefined;
  readonly onProgress?: ((jail: string, progress: ReadProgress) => void) | undefined;
}

export interface ScanReport {
  readonly dryRun: boolean;
  readonly jails: readonly JailScan[];
  /** History that was forgotten for its age. */
  readonly purged: number;
}

export async function scan(options: ScanOptions): Promise<ScanReport> {
  const world = options.dryRun
    ? { ...options.world, store: copyStore(options.world.store, [...options.plans, ...options.retired]) }
    : options.world;
  const jails: JailScan[] = [];
  for (const plan of options.retired) jails.push(await retire(plan, world, options));
  for (const plan of inOrder(options.plans, options.ownLog)) {
    options.onJail?.(plan.name);
    jails.push(await scanPlan(plan, world, options));
  }
  const { purgeAgeSec } = options;
  const purged = purgeAgeSec === undefined ? 0 : world.store.purge(world.clock.nowSec(), purgeAgeSec);
  return { dryRun: options.dryRun, jails, purged };
}

/** Whoever reads our own log comes behind those who write it. */
function inOrder(plans: readonly JailPlan[], ownLog: string | undefined): readonly JailPlan[] {
  const readsOwn = ({ logPaths }: JailPlan) =>
    ownLog !== undefined &&
    logPaths.some(({ value }) => value.files.includes(ownLog) || value.pattern === ownLog);
  return [...plans.filter((plan) => !readsOwn(plan)), ...plans.filter(readsOwn)];
}

async function scanPlan(plan: JailPlan, world: World, options: ScanOptions): Promise<JailScan> {
  const jail = open(plan, world, options);
  const { sinceSec, localeEncoding, onProgress } = options;
  const nowSec = world.clock.nowSec();
  if (sinceSec !== undefined)
    jail.settings.findTimeSec = Math.max(jail.settings.findTimeSec, nowSec - sinceSec);
  const findTimeSec = sinceSec === undefined ? jail.settings.findTimeSec : nowSec - sinceSec;
  return scanJail(jail, {
    rebooted: isRebooted(plan.name, world),
    onLookedAfter: () => noteBoot(plan.name, world),
    onProgress: onProgress && ((progress) => onProgress(plan.name, progress)),
    open: () =>
      openLogs(jail.plan, {
        positions: sinceSec === undefined ? world.store.positions(plan.name) : [],
        localeEncoding,
        nowSec,
        findTimeSec,
      }),
  });
}

function open(plan: JailPlan, world: World, { dryRun, prepare }: ScanOptions): Jail {
  const jail = openJail(plan, world, {
    openActions: dryRun ? (journal, _jail, plans) => new PaperActions(plans, journal) : undefined,
  });
  prepare?.(jail);
  return jail;
}

/** Its section is gone or says `enabled = false`: everybody it holds is let go, its rules are taken down. */
async function retire(plan: JailPlan, world: World, options: ScanOptions): Promise<JailScan> {
  const jail = open(plan, world, options);
  const rebooted = isRebooted(plan.name, world);
  if (rebooted) jail.restoreAll();
  await jail.settleFormer(rebooted);
  noteBoot(plan.name, world);
  jail.release('removed');
  await jail.enforce();
  await jail.actions.stop();
  jail.windUp();
  const news = jail.takeNews();
  return {
    jail: plan.name,
    logs: [],
    restored: 0,
    notices: news.unbanned.length > 0 ? ['it is no longer enabled: its bans are taken back'] : [],
    ...news,
    unsettled: unsettledOf(jail),
    problems: [],
  };
}
