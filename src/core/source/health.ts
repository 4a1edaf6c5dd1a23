/**
 * Source stage: what a followed log delivers → what is probably wrong with it, as values for status and the log.
 *
 * Pure: fed with counts and with the time of each delivery, asked with the time now; keeps a few numbers, whatever the log
 * has delivered. A log is silent by its own habit: for ten minutes at least, and many times longer than it ever was lately.
 * Dates that are off by the same whole quarters of an hour all the time speak for a time zone; f2b cannot know for certain,
 * so it names the likely cause and what to set.
 */

/** Some lines that were read together. */
export interface Delivery {
  readonly nowSec: number;
  /** They have just been written: see follow.ts. Only of such lines dates are compared with the clock. */
  readonly live: boolean;
  readonly lines: number;
  /** Lines in which no date was found. */
  readonly undated?: number | undefined;
  /** Lines that an expression of the filter matched. */
  readonly matched?: number | undefined;
  /** The date of the last of them, Unix seconds; undefined when it has none. */
  readonly dateSec?: number | undefined;
}

export interface HealthFinding {
  /** `silent`: no more lines; `past`, `future`: dates are off by a steady span; `undated`, `unmatched`: see message. */
  readonly kind: 'silent' | 'past' | 'future' | 'undated' | 'unmatched';
  /** It has been so since then. */
  readonly sinceSec: number;
  readonly message: string;
  /** The likely cause, and what to do. */
  readonly hint: string;
}

export interface HealthOptions {
  /** Log the lines are from: its path, or `systemd-journal`. */
  readonly path: string;
  /** Zone that dates without one are read in, minutes east of UTC. */
  readonly zoneMinutes: number;
}

/** Before so many deliveries in so long nobody knows what is usual. */
const HABIT_DELIVERIES = 30;
const HABIT_SEC = 1800;
/** So long is never silence. */
const SILENCE_SEC = 600;
/** What was usual is forgotten by half in this time. */
const FORGET_SEC = 14 * 86_400;

const QUARTER_SEC = 900;
/** Lines need a moment from their date to us. */
const TOLERANCE_SEC = 120;
/** An offset is steady when it holds for so many deliveries and so long. */
const STEADY_DELIVERIES = 10;
const STEADY_SEC = 60;

/** Shares are of about so many lines. */
const SHARE_LINES = 2000;
const UNDATED_LINES = 200;
const UNDATED_SHARE = 0.5;

const UNMATCHED_LINES = 10_000;
const UNMATCHED_SEC = 86_400;

export class SourceHealth {
  readonly #options: HealthOptions;
  #firstSec: number | undefined;
  #lastSec = 0;
  #deliveries = 0;
  /** The longest wait lately. */
  #waitSec = 0;
  /** Lines and matches in all. */
  #lines = 0;
  #matched = 0;
  #recentLines = 0;
  #recentUndated = 0;
  #undatedSinceSec: number | undefined;
  /** A run of deliveries whose dates are off by the same span. */
  #offset:
    | { readonly sec: number; readonly sinceSec: number; deliveries: number; lastSec: number }
    | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  note(delivery: Delivery): void {
    if (delivery.lines === 0) return;
    const { nowSec, live, lines, undated = 0, matched = 0, dateSec } = delivery;
    this.#firstSec ??= nowSec;
    if (live && this.#deliveries > 0) this.#noteWait(nowSec - this.#lastSec);
    if (live) this.#deliveries++;
    this.#lastSec = nowSec;
    this.#lines += lines;
    this.#matched += matched;
    this.#noteUndated(lines, undated, nowSec);
    if (live && dateSec !== undefined) this.#noteOffset(dateSec - nowSec, nowSec);
  }

  /** What is wrong now, what matters most first. */
  findings(nowSec: number): readonly HealthFinding[] {
    return [this.#silence(nowSec), this.#shift(), this.#withoutDates(), this.#withoutMatches(nowSec)].filter(
      (finding) => finding !== undefined,
    );
  }

  /** A clock that was set back tells nothing about a wait. */
  #noteWait(waitSec: number): void {
    if (waitSec < 0) return;
    this.#waitSec = Math.max(waitSec, this.#waitSec * 2 ** (-waitSec / FORGET_SEC));
  }

  #noteUndated(lines: number, undated: number, nowSec: number): void {
    this.#recentLines += lines;
    this.#recentUndated += undated;
    if (this.#recentLines > SHARE_LINES) {
      this.#recentUndated *= SHARE_LINES / 2 / this.#recentLines;
      this.#recentLines = SHARE_LINES / 2;
    }
    if (this.#recentUndated <= this.#recentLines * UNDATED_SHARE) this.#undatedSinceSec = undefined;
    else this.#undatedSinceSec ??= nowSec;
  }

  #noteOffset(offsetSec: number, nowSec: number): void {
    const run = this.#offset;
    if (Math.abs(offsetSec) <= TOLERANCE_SEC) this.#offset = undefined;
    else if (run && Math.abs(run.sec - offsetSec) <= TOLERANCE_SEC) {
      run.deliveries++;
      run.lastSec = nowSec;
    } else this.#offset = { sec: offsetSec, sinceSec: nowSec, deliveries: 1, lastSec: nowSec };
  }

  #silence(nowSec: number): HealthFinding | undefined {
    const isHabit =
      this.#deliveries >= HABIT_DELIVERIES && this.#lastSec - (this.#firstSec ?? 0) >= HABIT_SEC;
    const silentSec = nowSec - this.#lastSec;
    if (!isHabit || silentSec < silenceAfterSec(this.#waitSec)) return undefined;
    const { path } = this.#options;
    const usual = span(Math.max(1, this.#waitSec));
    return {
      kind: 'silent',
      sinceSec: this.#lastSec,
      message: `nothing has come from ${path} for ${span(silentSec)}; before, it was never silent for longer than ${usual}`,
      hint: `Does the service still run and still log there? ${whereElse(path)}`,
    };
  }

  #shift(): HealthFinding | undefined {
    const run = this.#offset;
    if (!run || run.deliveries < STEADY_DELIVERIES || run.lastSec - run.sinceSec < STEADY_SEC)
      return undefined;
    const quarters = Math.round(run.sec / QUARTER_SEC);
    const isZone = quarters !== 0 && Math.abs(run.sec - quarters * QUARTER_SEC) <= TOLERANCE_SEC;
    const offsetSec = isZone ? quarters * QUARTER_SEC : run.sec;
    const kind = run.sec < 0 ? 'past' : 'future';
    const message = `the dates in ${this.#options.path} are ${span(Math.abs(offsetSec))} ${kind === 'past' ? 'behind' : 'ahead of'} the clock`;
    return { kind, sinceSec: run.sinceSec, message, hint: this.#cause(isZone, offsetSec) };
  }

  #cause(isZone: boolean, offsetSec: number): string {
    const zoneMinutes = this.#options.zoneMinutes + offsetSec / 60;
    // From UTC-12 to UTC+14.
    if (isZone && zoneMinutes >= -720 && zoneMinutes <= 840) {
      return `It is probably written in another time zone: set logtimezone = ${zoneName(zoneMinutes)} for the jail.`;
    }
    if (offsetSec < 0)
      return 'Lines come late (a writer that keeps them back, a slow relay), or the clock of their host is wrong.';
    return 'The clock of the host that writes them, or that of this host, is wrong; or day and month are taken for each other: see datepattern.';
  }

  #withoutDates(): HealthFinding | undefined {
    if (this.#recentLines < UNDATED_LINES || this.#undatedSinceSec === undefined) return undefined;
    const share = Math.round((100 * this.#recentUndated) / this.#recentLines);
    return {
      kind: 'undated',
      sinceSec: this.#undatedSinceSec,
      message: `${share} % of the lines in ${this.#options.path} have no date that is known`,
      hint: 'They count as written when they are read. Set datepattern for the filter; f2b regex shows which dates it finds.',
    };
  }

  #withoutMatches(nowSec: number): HealthFinding | undefined {
    const sinceSec = this.#firstSec ?? nowSec;
    if (this.#matched > 0 || this.#lines < UNMATCHED_LINES || nowSec - sinceSec < UNMATCHED_SEC)
      return undefined;
    return {
      kind: 'unmatched',
      sinceSec,
      message: `none of the ${this.#lines} lines from ${this.#options.path} was matched`,
      hint: 'That may be well. If not: is it the right log for the filter, and is its format the one the filter knows? Try f2b regex.',
    };
  }
}

/** Twenty times as long as usual where that is minutes, three times as long and an hour where it is hours. */
function silenceAfterSec(usualSec: number): number {
  return Math.max(SILENCE_SEC, Math.min(20 * usualSec, 3 * usualSec + 3600));
}

function whereElse(path: string): string {
  if (path === 'systemd-journal') return 'Does journalmatch still name its unit?';
  return 'Is the disk full, does rsyslog run, or does it log to the journal now (backend = systemd)?';
}

/** As `logtimezone` takes it. */
function zoneName(minutes: number): string {
  if (minutes === 0) return 'UTC';
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `2 h 30 min`: the two largest units. */
function span(sec: number): string {
  const units: readonly (readonly [name: string, sec: number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let left = Math.round(sec);
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}
