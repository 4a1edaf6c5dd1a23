/**
 * Runs one `f2b scan`: configuration and store → core/scan → view. Loaded only when there is something to run.
 */

import type { JailPlan } from '../core/config/plans.js';
import { applyOverrides, overridePlan } from '../core/control/index.js';
import { EXIT, UsageError } from '../core/errors.js';
import { noLog } from '../core/events.js';
import { formerActions } from '../core/jail/former-actions.js';
import { barePlan } from '../core/scan/bare-plan.js';
import { type ScanOptions, type ScanReport, scan } from '../core/scan/scan.js';
import type { ScanProblem } from '../core/scan/scan-jail.js';
import type { Store } from '../core/store/store.js';
import { escapeControls } from '../view/escape.js';
import { scanAsJson } from '../view/scan-json.js';
import { renderScan, renderScanProblems } from '../view/scan-text.js';
import { parseMoment, parseSpan } from './moments.js';
import { serverOfStore } from './running-server.js';
import { colorLevel, localeEncoding } from './settings.js';
import { loadJails, type OpenedWorld, openWorld, openWorldToRead } from './world.js';

export interface ScanArguments {
  readonly config: string | undefined;
  readonly root: string;
  readonly jails: readonly string[];
  readonly dryRun: boolean;
  readonly since: string | undefined;
  readonly wait: string;
  readonly json: boolean;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function scanJails(wanted: ScanArguments): Promise<unknown> {
  const request = { config: wanted.config, root: wanted.root, command: 'f2b scan' };
  const server = wanted.dryRun ? undefined : serverOfStore(request);
  if (server !== undefined) return leaveToServer(server, wanted.json);
  const opened = wanted.dryRun
    ? await openWorldToRead(request)
    : await openWorld(request, parseSpan('--wait', wanted.wait));
  try {
    const report = await run(opened, wanted);
    process.exitCode = exitCodeOf(report, opened);
    if (wanted.json) return scanAsJson(report);
    const options = {
      colors: colorLevel(process.stdout, process.env),
      verbose: Boolean(process.stdout.isTTY),
    };
    process.stdout.write(renderScan(report, options));
    process.stderr.write(renderScanProblems(report, colorLevel(process.stderr, process.env)));
    return undefined;
  } finally {
    opened.close();
  }
}

/** A server does all the time what a scan does once. Cron hears nothing of it. */
function leaveToServer(pid: number, json: boolean): unknown {
  if (json) return scanAsJson({ dryRun: false, jails: [], purged: 0 });
  if (process.stdout.isTTY) {
    process.stdout.write(
      `A server is running (process ${pid}): it reads the logs, and there is nothing to scan.\n`,
    );
  }
  return undefined;
}

async function run({ world, config, ownLog }: OpenedWorld, wanted: ScanArguments): Promise<ScanReport> {
  const plans = chosenPlans(config.jails, wanted.jails, config);
  const problems = new Map<string, ScanProblem[]>();
  const changed = plans.map((plan) =>
    overridePlan(plan, world.store.overrides(plan.name), (name, message) =>
      problems.set(plan.name, [...(problems.get(plan.name) ?? []), { of: name, message }]),
    ),
  );
  for (const { name, message } of config.skipped) {
    if (wanted.jails.length === 0 || wanted.jails.includes(name)) {
      process.stderr.write(`${escapeControls(message)}\n`);
    }
  }
  return scan({
    world: wanted.dryRun ? { ...world, log: noLog } : world,
    plans: changed,
    retired: wanted.jails.length > 0 ? [] : retiredPlans(world.store, config, wanted),
    localeEncoding: localeEncoding(process.env),
    ownLog,
    dryRun: wanted.dryRun,
    purgeAgeSec: wanted.dryRun ? undefined : config.global?.dbpurgeage.value.seconds,
    sinceSec: wanted.since === undefined ? undefined : parseMoment(wanted.since, world.clock.nowSec()),
    onProgress: await progressBars(),
    prepare: (jail) => applyOverrides(jail, world.store.overrides(jail.name)),
  });
}

function chosenPlans(
  plans: readonly JailPlan[],
  names: readonly string[],
  { skipped, disabled, folder }: OpenedWorld['config'],
): readonly JailPlan[] {
  for (const name of names) {
    if (plans.some((plan) => plan.name === name) || skipped.some((jail) => jail.name === name)) continue;
    throw new UsageError('no-jail', `there is no jail ${name} in ${folder.dir}`, {
      hint: disabled.includes(name)
        ? `It is there, but disabled: write enabled = true into its section.`
        : `Enabled are: ${plans.map((plan) => plan.name).join(', ') || 'none'}.`,
    });
  }
  return names.length === 0 ? plans : plans.filter(({ name }) => names.includes(name));
}

/** Jails that hold something although they are disabled now, or gone: by the actions that they had. */
function retiredPlans(
  store: Store,
  { jails, skipped, disabled }: OpenedWorld['config'],
  { config, root }: ScanArguments,
): readonly JailPlan[] {
  const known = new Set([...jails, ...skipped].map(({ name }) => name));
  const retired = store.jails().filter((name) => !known.has(name));
  if (retired.length === 0) return [];
  const enable = retired.filter((name) => disabled.includes(name));
  const { jails: all } =
    enable.length > 0 ? loadJails({ config, root, command: 'f2b scan', enable }) : { jails: [] };
  return retired.map(
    (name) => all.find((plan) => plan.name === name) ?? barePlan(name, formerActions(name, store) ?? []),
  );
}

function exitCodeOf({ jails }: ScanReport, { config }: OpenedWorld): number {
  const isTroubled = jails.some(({ problems, unsettled }) => problems.length > 0 || unsettled.length > 0);
  return isTroubled || config.skipped.length > 0 ? EXIT.mistakes : EXIT.ok;
}

/** One bar for each jail with a lot to read; on a terminal only. */
async function progressBars(): Promise<ScanOptions['onProgress']> {
  if (!process.stderr.isTTY) return undefined;
  const { createProgress } = await import('../view/progress.js');
  let current: { jail: string; bar: ReturnType<typeof createProgress> } | undefined;
  return (jail, { readBytes, sizeBytes, lines }) => {
    if (current?.jail !== jail) {
      current?.bar.stop();
      current = { jail, bar: createProgress(process.stderr, sizeBytes) };
    }
    current.bar.update(readBytes, lines);
    if (readBytes >= (sizeBytes ?? Number.POSITIVE_INFINITY)) current.bar.stop();
  };
}
