/**
 * Jail stage: lines → failures that name somebody, in order, ready to be judged.
 *
 * Wraps one LineFilter: keeps of each line only what it failed for, looks names up, and copies what it keeps out of the
 * large texts that lines are slices of. Lines that exceeded a budget or could not be processed are counted.
 */
import type { Clock } from '../clock.js';
import type { FilterPlan } from '../config/plans.js';
import { detach } from '../detach.js';
import { showOrigin } from '../errors.js';
import type { Log } from '../events.js';
import type { OperationMode } from '../filter/dating.js';
import { identifyGroups, resolveFailure } from '../filter/identity.js';
import { LineFilter } from '../filter/line-filter.js';
import type { Failure, Identity, LineOutcome, LogLine, RegexHit } from '../filter/outcome.js';
import { linesOf, type SweptPiece } from '../filter/sweep.js';
import { vitalOf } from '../filter/vital.js';
import type { Resolver } from '../net/dns.js';
import { PyTuple, repr } from '../python-repr.js';
import type { BanId, Json, MatchedLine, TicketData, TimeKind } from '../records.js';
import type { Stamp } from '../time/detector.js';

/** One failure of one id. */
export interface FoundFailure extends BanId {
  readonly timeSec: number;
  readonly timeKind: TimeKind;
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
  /** Index of the line that brought it, among those that were read with it. */
  readonly line?: number | undefined;
}

/** A line that says that somebody got in (F-MLFGAINED). */
export interface Gain {
  readonly id: string;
  readonly line: number;
  readonly stamp: Stamp | undefined;
}

/** What went wrong with lines so far. */
export interface LineTroubles {
  /** Lines on which a pattern ran out of its budget, by the pattern's place. */
  readonly exceeded: ReadonlyMap<string, number>;
  /** Lines that could not be processed at all, and what the last of them said. */
  readonly errors: number;
  readonly lastError: string | undefined;
}

export interface FinderOptions {
  readonly jail: string;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly log: Log;
  readonly mode: OperationMode;
  readonly findTimeSec: number | undefined;
  /** Time goes by what the lines say: see LineFilterOptions. Then nothing is in the future. */
  readonly logTime?: boolean | undefined;
  /** Told of gains before `find` answers, in order. */
  readonly onGain?: ((gain: Gain) => void) | undefined;
}

interface HitPlace {
  readonly regex: number;
  readonly stamp: Stamp;
  readonly line: number;
}

type KeptDigest = LineOutcome | 'matched' | undefined;

/** What lines have left behind. */
class Kept {
  readonly outcomes: { readonly outcome: LineOutcome; readonly line: number }[] = [];
  matched = 0;

  take(digest: KeptDigest, line: number): void {
    if (digest === undefined) return;
    if (digest !== 'matched') this.outcomes.push({ outcome: digest, line });
    if (digest === 'matched' || digest.hits.length > 0) this.matched++;
  }

  forget(): void {
    this.outcomes.length = 0;
    this.matched = 0;
  }
}

const DAY_SEC = 86_400;
/** Of so little text every line is matched: to learn what the patterns need would take longer. */
const FEW_CHARS = 8192;

export class FailureFinder {
  readonly filter: LineFilter;
  /** Lines so far that an expression matched, whatever came of it. */
  matched = 0;
  readonly #options: FinderOptions;
  /** Place of each failregex, by its index. */
  readonly #places: readonly string[];
  readonly #exceeded = new Map<string, number>();
  #errors = 0;
  #lastError: string | undefined;
  #undatedDay: number | undefined;

  /** @throws {PatternError | DateError} what is wrong with the filter */
  constructor(plan: FilterPlan, options: FinderOptions) {
    const { clock, mode, findTimeSec, logTime } = options;
    this.#options = options;
    this.filter = new LineFilter(plan, { clock, mode, findTimeSec, logTime });
    this.#places = plan.failregex.map(({ origin }) => showOrigin(origin, 'set by hand'));
  }

  get troubles(): LineTroubles {
    return { exceeded: this.#exceeded, errors: this.#errors, lastError: this.#lastError };
  }

  /** Lines that have been read before: sessions and multi-line matches begin in them, but their failures are counted already. */
  prime(lines: readonly LogLine[]): void {
    this.filter.processBatch(lines, 0, lines.length, {
      digest: () => undefined,
      missed: () => undefined,
      take: () => {},
    });
  }

  /** The failures of these lines. Takes time only where names have to be looked up. */
  async find(lines: readonly LogLine[]): Promise<FoundFailure[]> {
    const kept = new Kept();
    this.filter.processBatch(lines, 0, lines.length, {
      digest: this.#digest,
      missed: () => undefined,
      anyMiss: true,
      take: (digest, line) => kept.take(digest, line),
    });
    return this.#failuresOf(kept);
  }

  /** Like `find` for lines that are not cut apart yet: those that plainly match nothing never are. */
  async findIn(pieces: readonly SweptPiece[]): Promise<{ lines: number; failures: FoundFailure[] }> {
    if (pieces.reduce((chars, piece) => chars + lengthOf(piece), 0) < FEW_CHARS) {
      const { lines } = linesOf(pieces, 1, {});
      return { lines: lines.length, failures: await this.find(lines) };
    }
    const kept = new Kept();
    const next = this.filter.sweep(() => pieces, 1, {
      digest: this.#digest,
      missed: () => undefined,
      countsMissed: true,
      anyMiss: true,
      take: (digest, { number }) => kept.take(digest, number - 1),
      takeMissed: () => {},
      forget: () => kept.forget(),
    });
    return { lines: next - 1, failures: await this.#failuresOf(kept) };
  }

  /** Most lines leave nothing behind, or only that they matched. */
  readonly #digest = (outcome: LineOutcome): KeptDigest => {
    if (matters(outcome) || (this.#options.onGain && outcome.hits.some(isGain))) return outcome;
    return outcome.hits.length > 0 ? 'matched' : undefined;
  };

  async #failuresOf({ outcomes, matched }: Kept): Promise<FoundFailure[]> {
    const { onGain } = this.#options;
    this.matched += matched;
    const found: FoundFailure[] = [];
    for (const { outcome, line } of outcomes) {
      this.#note(outcome);
      for (const hit of outcome.hits) {
        const { verdict, failure, regex } = hit;
        if (onGain && isGain(hit)) this.#gain(hit, { line, stamp: outcome.stamp });
        if (verdict !== 'failure' || !failure) continue;
        if (failure.stamp === undefined) {
          this.#warnUndated(failure);
          continue;
        }
        const at = { regex, stamp: failure.stamp, line };
        for (const resolved of await this.#resolve(failure)) found.push(this.#found(resolved, at));
      }
    }
    return found;
  }

  async #resolve(failure: Failure): Promise<readonly Failure[]> {
    if (failure.identity.kind !== 'dns') return [failure];
    const { usedns } = this.filter;
    const { failures, name, error } = await resolveFailure(failure, this.#options.resolver, usedns);
    const { log } = this.#options;
    if (error !== undefined) {
      log({
        level: 'WARNING',
        logger: 'ipdns',
        message: `Unable to find a corresponding IP address for ${name}: ${error}`,
      });
    } else if (usedns === 'warn' && name !== undefined) {
      const addresses = failures.map(({ identity }) => idOf(identity)).join(', ');
      log({
        level: 'WARNING',
        logger: 'ipdns',
        message: `Determined IP using DNS Lookup: ${name} = [${addresses}]`,
      });
    }
    return failures;
  }

  /** Nobody knows when it was: fail2ban drops it too, and says so once a day. */
  #warnUndated({ matches }: Failure): void {
    const { clock, jail, log } = this.#options;
    const day = Math.floor(clock.nowSec() / DAY_SEC);
    if (this.#undatedDay === day) return;
    this.#undatedDay = day;
    const text = matches.at(-1) ?? '';
    for (const message of [
      `[${jail}] Found a match but no valid date/time found for ${repr(text)}.`,
      `[${jail}] Match without a timestamp: ${text}`,
      `[${jail}] Please try setting a custom date pattern (see man page jail.conf(5)).`,
    ]) {
      log({ level: 'WARNING', logger: 'filter', message });
    }
  }

  #found(failure: Failure, { regex, stamp, line }: HitPlace): FoundFailure {
    const { identity } = failure;
    const nowSec = this.#options.clock.nowSec();
    const inFuture = !this.#options.logTime && stamp.epochSec > nowSec;
    const place = this.#places[regex];
    return {
      id: detach(idOf(identity)),
      family: identity.kind === 'ip' ? identity.family : undefined,
      // What is said to happen later happens now, as far as counting goes.
      timeSec: inFuture ? nowSec : stamp.epochSec,
      timeKind: inFuture ? 'float' : stamp.kind,
      matches: failure.matches.map((text) => ({ text: detach(text), regex: place })),
      data: dataOf(failure),
      line,
    };
  }

  #gain({ groups }: RegexHit, at: Omit<Gain, 'id'>): void {
    const identity = identifyGroups(groups, this.filter.usedns)?.identity;
    if (identity?.kind === 'ip') this.#options.onGain?.({ id: identity.id, ...at });
  }

  #note({ exceeded, error }: LineOutcome): void {
    for (const { source } of exceeded) this.#exceeded.set(source, (this.#exceeded.get(source) ?? 0) + 1);
    if (error === undefined) return;
    this.#errors++;
    this.#lastError = error;
  }
}

function matters({ hits, exceeded, error }: LineOutcome): boolean {
  return hits.some(({ verdict }) => verdict === 'failure') || exceeded.length > 0 || error !== undefined;
}

function lengthOf(piece: SweptPiece): number {
  return typeof piece === 'object' && 'text' in piece ? piece.text.length : piece.length;
}

function isGain({ verdict, groups }: RegexHit): boolean {
  return verdict === 'nofail' && Boolean(vitalOf(groups).mlfgained);
}

function idOf(identity: Identity): string {
  if (identity.kind === 'dns') return identity.name;
  return typeof identity.id === 'string' ? identity.id : repr(new PyTuple(identity.id));
}

/** Groups without a value say nothing, and what says whose failure it is the id says. */
function dataOf({ data }: Failure): TicketData {
  const ticket: Record<string, Json> = {};
  for (const [name, value] of data) {
    if (value === null || value === undefined) continue;
    ticket[name] = jsonOf(value);
  }
  return ticket;
}

function jsonOf(value: unknown): Json {
  if (typeof value === 'string') return detach(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof PyTuple) return value.items.map(jsonOf);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Set) return [...value].map(jsonOf);
  return value === null || value === undefined ? null : String(value);
}
