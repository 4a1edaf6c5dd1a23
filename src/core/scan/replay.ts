/**
 * Replay: old logs through a jail, by the logs' own clock, with no firewall and nothing kept: who would have been banned
 * when, for which lines, until when; with a second setting beside it.
 *
 * Files → logs → events (the filter runs once) → one or two courses of events → report. Nothing is written anywhere.
 */
import { systemClock } from '../clock.js';
import type { JailPlan } from '../config/plans.js';
import type { Log } from '../events.js';
import type { IgnoreContext, IgnoreRules } from '../filter/ignore.js';
import { ignoreRules } from '../jail/open-jail.js';
import type { Resolver } from '../net/dns.js';
import type { BanId } from '../records.js';
import { findEncoding } from '../source/encodings.js';
import { Addresses, type AddressRecord } from './replay-addresses.js';
import { type Comparison, type CourseSums, compareCourses, sumsOf } from './replay-compare.js';
import { Course } from './replay-course.js';
import { mergeEvents, type ReplayEvent } from './replay-event.js';
import type { LogFile } from './replay-files.js';
import { ReplayLog } from './replay-log.js';
import { changePlan, type SettingChange } from './replay-settings.js';
import { problemsOf, type ReadProgress, type ScanProblem } from './scan-jail.js';

export interface ReplayOptions {
  readonly plan: JailPlan;
  /** Each log as its files, oldest first. */
  readonly logs: readonly (readonly LogFile[])[];
  /** What the second course does otherwise; undefined: there is none. */
  readonly changes?: readonly SettingChange[] | undefined;
  readonly resolver: Resolver;
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
  /** `dbpurgeage`: history that is older is forgotten. */
  readonly purgeAgeSec?: number | undefined;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

export interface ReplayReport {
  readonly jail: string;
  readonly files: readonly { readonly path: string; readonly lines: number }[];
  readonly lines: number;
  /** Of the first and the last dated line. */
  readonly fromSec: number | undefined;
  readonly toSec: number | undefined;
  /** Failures that count. */
  readonly failures: number;
  /** Failures of ids that are ignored, by id. */
  readonly ignored: ReadonlyMap<string, number>;
  /** What is known of everybody who failed. */
  readonly addresses: Addresses;
  readonly a: CourseReport;
  readonly b: CourseReport | undefined;
  readonly comparison: Comparison | undefined;
  readonly problems: readonly ScanProblem[];
  readonly notices: readonly string[];
}

export interface CourseReport extends CourseSums {
  readonly course: Course;
  readonly changes: readonly SettingChange[];
  /** Banned addresses that also logged in. */
  readonly alsoLoggedIn: number;
  /** Logins that the bans would have kept out. */
  readonly loginsLost: number;
}

/** @throws {F2bError} the filter, a formula or the encoding cannot be used */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { plan, changes, resolver, purgeAgeSec } = options;
  const notes = new Notes();
  const courseOf = (each: JailPlan, ignore: IgnoreRules) =>
    new Course(each, { resolver, log: notes.log, ignore, purgeAgeSec });
  const ignore = rulesOf(plan, { resolver, log: notes.log });
  const a = courseOf(plan, ignore);
  const planB = changes && changePlan(plan, changes);
  const b =
    planB &&
    courseOf(planB, ignoresAlike(plan, planB) ? ignore : rulesOf(planB, { resolver, log: notes.log }));
  const logs = await openLogs(options, notes.log);
  const addresses = new Addresses();
  const ignored = new Map<string, number>();
  let failures = 0;
  const take = async (event: ReplayEvent): Promise<void> => {
    const { timeSec } = event;
    if (event.kind === 'login') {
      addresses.login(event.id, timeSec);
      for (const course of [a, b]) course?.login(event.id, timeSec);
      return;
    }
    const { failure, place } = event;
    const counts = await a.take(failure, place);
    const countsToo = (await b?.take(failure, place)) ?? false;
    if (counts) failures++;
    else ignored.set(failure.id, (ignored.get(failure.id) ?? 0) + 1);
    if (counts || countsToo) addresses.fail(failure, timeSec);
  };
  for await (const events of mergeEvents(logs.map((log) => log.events()))) {
    for (const event of events) await take(event);
  }
  const files = logs.flatMap((log) => log.read);
  const toSec = latest(logs.map((log) => log.lastSec));
  const reportOf = (course: Course, changed: readonly SettingChange[]): CourseReport => ({
    course,
    changes: changed,
    ...sumsOf(course, toSec ?? 0),
    ...loginsOf(course, addresses),
  });
  return {
    jail: plan.name,
    files,
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    fromSec: earliest(logs.map((log) => log.firstSec)),
    toSec,
    failures,
    ignored,
    addresses,
    a: reportOf(a, []),
    b: b && reportOf(b, changes ?? []),
    comparison: b && compareCourses(a, b),
    problems: [...logs.flatMap((log) => [...log.problems, ...problemsOf(log.troubles)]), ...notes.problems],
    notices: [...noticesOf(plan), ...logs.flatMap((log) => log.notices), ...notes.notices],
  };
}

async function openLogs(options: ReplayOptions, log: Log): Promise<readonly ReplayLog[]> {
  const { plan, logs, resolver, localeEncoding, onProgress } = options;
  const name = plan.filter.logencoding?.value ?? 'auto';
  const encoding = await findEncoding(name.toLowerCase() === 'auto' ? localeEncoding : name);
  const sizes = logs.flat().map(({ sizeBytes }) => sizeBytes);
  const sizeBytes = sizes.includes(undefined)
    ? undefined
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let readBytes = 0;
  let lines = 0;
  const onRead = (read: { bytes: number; lines: number }): void => {
    readBytes += read.bytes;
    lines += read.lines;
    onProgress?.({ readBytes, sizeBytes, lines });
  };
  return logs.map(
    (files) => new ReplayLog(plan.filter, files, { jail: plan.name, resolver, log, encoding, onRead }),
  );
}

/** What is said while it runs, each thing once. */
class Notes {
  readonly notices = new Set<string>();
  readonly problems: ScanProblem[] = [];
  readonly log: Log = ({ level, logger, message }) => {
    // What a jail says of its bans is in the report.
    if (logger === 'actions' || this.notices.size >= MAX_NOTES) return;
    if (level === 'WARNING') this.notices.add(message);
    if (level !== 'ERROR' && level !== 'CRITICAL') return;
    if (this.problems.length < MAX_NOTES && !this.problems.some((problem) => problem.message === message))
      this.problems.push({ of: logger, message });
  };
}

const MAX_NOTES = 20;

/** Ignore rules that remember whom they have judged: the answer for a failure is the present's anyway. */
function rulesOf(plan: JailPlan, { resolver, log }: { resolver: Resolver; log: Log }): IgnoreRules {
  const rules = ignoreRules(plan, { resolver, log, clock: systemClock });
  const known = new Map<string, ReturnType<IgnoreRules['judge']>>();
  const ask = rules.judge.bind(rules);
  const judge = (id: BanId, context: IgnoreContext) => {
    // A command may look at more than the id.
    const key = rules.ignoreCommand ? JSON.stringify([id.id, context.data]) : id.id;
    let verdict = known.get(key);
    if (!verdict) known.set(key, (verdict = ask(id, context)));
    return verdict;
  };
  return Object.assign(rules, { judge });
}

function ignoresAlike(a: JailPlan, b: JailPlan): boolean {
  return (
    a.ignoreIp === b.ignoreIp &&
    a.ignoreSelf === b.ignoreSelf &&
    a.ignoreCommand === b.ignoreCommand &&
    a.ignoreCache === b.ignoreCache
  );
}

function loginsOf(
  { bans, lockedOut }: Course,
  addresses: Addresses,
): Pick<CourseReport, 'alsoLoggedIn' | 'loginsLost'> {
  const ids = new Set(bans.map(({ id }) => id));
  let alsoLoggedIn = 0;
  for (const id of ids) if (addresses.get(id)?.logins) alsoLoggedIn++;
  return { alsoLoggedIn, loginsLost: [...lockedOut.values()].reduce((sum, count) => sum + count, 0) };
}

/** Who failed and was not banned by any course, the most failures first. */
export function neverBanned({ addresses, a, b }: ReplayReport): readonly AddressRecord[] {
  const banned = new Set([...a.course.bans, ...(b?.course.bans ?? [])].map(({ id }) => id));
  return [...addresses.list()]
    .filter(({ id }) => !banned.has(id))
    .sort((one, other) => other.failures - one.failures);
}

function noticesOf({ growth }: JailPlan): readonly string[] {
  return growth.overallJails?.value === true && growth.increment?.value === true
    ? ['bantime.overalljails: bans in other jails do not count in a replay']
    : [];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
