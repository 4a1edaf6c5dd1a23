/**
 * Runs one `f2b import`: fail2ban's database and our configuration → store → view. Loaded only when there is something
 * to run.
 */
import type { JailPlan } from '../core/config/plans.js';
import { EXIT, UsageError } from '../core/errors.js';
import { restoredBanTime } from '../core/jail/ban-time.js';
import { ignoreRules } from '../core/jail/open-jail.js';
import { settingsOf } from '../core/jail/settings.js';
import { type ImportingJail, importFail2ban, maybeInForce } from '../core/store/import-fail2ban.js';
import { type ForeignBan, readFail2ban } from '../core/store/read-fail2ban.js';
import { StoreError } from '../core/store/store-error.js';
import { importAsJson } from '../view/import-json.js';
import { renderImport } from '../view/import-text.js';
import { parseSpan } from './moments.js';
import { colorLevel } from './settings.js';
import { type OpenedWorld, openWorld, openWorldToRead } from './world.js';

export interface ImportArguments {
  /** Undefined: what `dbfile` names. */
  readonly file: string | undefined;
  readonly config: string | undefined;
  readonly dryRun: boolean;
  readonly wait: string;
  readonly json: boolean;
  /** Folder of the package. */
  readonly root: string;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function importDatabase(wanted: ImportArguments): Promise<unknown> {
  const { dryRun } = wanted;
  const request = { config: wanted.config, root: wanted.root, command: 'f2b import' };
  const waitSec = parseSpan('--wait', wanted.wait);
  const opened = dryRun ? await openWorldToRead(request) : await openWorld(request, waitSec);
  try {
    const file = wanted.file ?? opened.besides;
    if (file === undefined) throw noFile();
    const data = readForeign(file);
    const nowSec = opened.world.clock.nowSec();
    const jail = await judges(opened, maybeInForce(data, nowSec));
    const report = importFail2ban(opened.world.store, data, { nowSec, jail, dryRun });
    if (wanted.json) return importAsJson(report, dryRun);
    process.stdout.write(renderImport(report, { dryRun, colors: colorLevel(process.stdout, process.env) }));
    return undefined;
  } finally {
    opened.close();
  }
}

/** What cannot be read at all ends with the code for that. */
function readForeign(file: string): ReturnType<typeof readFail2ban> {
  try {
    return readFail2ban(file);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message, hint } = error;
    throw new StoreError(code, message, { hint, cause: error, exitCode: EXIT.unreadable });
  }
}

function noFile(): UsageError {
  return new UsageError('usage', 'import which file?', {
    exitCode: EXIT.unreadable,
    hint: 'dbfile names no database of fail2ban. Name one: f2b import /var/lib/fail2ban/fail2ban.sqlite3',
  });
}

/** What each jail says of the bans, all of it asked beforehand. */
async function judges(
  { world, config }: OpenedWorld,
  bans: readonly ForeignBan[],
): Promise<(name: string) => ImportingJail | string> {
  const jails = new Map<string, ImportingJail>();
  for (const plan of config.jails) {
    const ignored = await ignoredBy(
      plan,
      world,
      bans.filter(({ jail }) => jail === plan.name),
    );
    const settings = settingsOf(plan);
    jails.set(plan.name, {
      banTimeSec: (storedSec) => restoredBanTime(storedSec, settings),
      maxMatches: settings.maxMatches,
      isIgnored: ({ id }) => ignored.has(id),
    });
  }
  const broken = new Set(config.skipped.map(({ name }) => name));
  return (name) =>
    jails.get(name) ??
    (broken.has(name)
      ? 'the jail has a mistake in its configuration'
      : config.disabled.includes(name)
        ? 'the jail is not enabled'
        : 'there is no such jail');
}

async function ignoredBy(
  plan: JailPlan,
  world: OpenedWorld['world'],
  bans: readonly ForeignBan[],
): Promise<ReadonlySet<string>> {
  const ignored = new Set<string>();
  if (bans.length === 0) return ignored;
  const rules = ignoreRules(plan, world);
  for (const ban of bans) {
    // One process for each of many bans would be too much of a good thing.
    const verdict =
      rules.ignoreCommand === undefined
        ? await rules.judge(ban, { ...ban, timeKind: 'int' })
        : rules.judgeQuick(ban);
    if (verdict) ignored.add(ban.id);
  }
  return ignored;
}
