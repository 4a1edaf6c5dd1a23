/**
 * Daemon, in the matcher: looks over the shoulder of a jail's reading for logs that are not as they should be: silent, or
 * with dates that are off or missing.
 *
 * Batches → findings (source/health.ts), each told when it begins and when it is over. Looks at a few lines of a batch with a
 * detector of its own, so that what the filter has learned is not touched.
 */
import type { Clock } from '../../clock.js';
import type { FilterPlan } from '../../config/plans.js';
import { F2bError } from '../../errors.js';
import { type DatedText, dateTexts } from '../../filter/date-text.js';
import { type HealthFinding, SourceHealth } from '../../source/health.js';
import { type ApartLine, lineAt, type Piece } from '../../source/line.js';
import { DateDetector } from '../../time/detector.js';
import { parseLogTimeZone } from '../../time/zones.js';

export interface SeenBatch {
  readonly path: string;
  readonly pieces: readonly Piece[];
  /** So many are in them. */
  readonly lines: number;
  readonly live: boolean;
  /** Lines that an expression matched. */
  readonly matched: number;
}

/** `message` undefined: it is over. */
export type TellHealth = (of: string, message: string | undefined) => void;

/** Lines of a batch that are looked at: the last, and some before. */
const LOOKED = [0.25, 0.5, 0.75, 1];

export class LogHealth {
  readonly #logs = new Map<string, SourceHealth>();
  readonly #told = new Map<string, HealthFinding['kind']>();
  /** Undefined: the filter wants no dates. */
  readonly #dates: DateDetector | undefined;
  readonly #zoneMinutes: number | undefined;
  readonly #textOf: (line: DatedText) => DatedText;

  constructor(
    plan: FilterPlan,
    private readonly clock: Clock,
  ) {
    const { datepattern, logtimezone } = plan;
    this.#textOf = dateTexts(plan);
    this.#zoneMinutes = parseLogTimeZone(logtimezone?.value);
    const pattern = datepattern?.value;
    const wantsNone = pattern !== undefined && /\{NONE\}/i.test(pattern);
    this.#dates = wantsNone
      ? undefined
      : new DateDetector({ datepattern: pattern, logtimezone: logtimezone?.value, clock });
  }

  note({ path, pieces, lines, live, matched }: SeenBatch): void {
    if (lines === 0) return;
    const nowSec = this.clock.nowSec();
    const places = LOOKED.slice(-lines);
    const looked = places.map((part) => this.#timeOf(lineAt(pieces, part)));
    const undated = looked.filter((timeSec) => timeSec === undefined).length / looked.length;
    this.#log(path).note({
      ...{ nowSec, live, matched },
      lines,
      undated: this.#dates ? Math.round(undated * lines) : 0,
      dateSec: looked.at(-1),
    });
  }

  /** Tells what has come to be wrong, and what no longer is. */
  look(paths: readonly string[], tell: TellHealth): void {
    const now = new Map<string, HealthFinding>();
    for (const path of paths) {
      for (const finding of this.#logs.get(path)?.findings(this.clock.nowSec()) ?? []) {
        now.set(`${path} (${WORDS[finding.kind]})`, finding);
      }
    }
    for (const of of this.#told.keys()) if (!now.has(of)) tell(of, undefined);
    for (const [of, { message, hint }] of now) tell(of, `${message}. ${hint}`);
    this.#told.clear();
    for (const [of, { kind }] of now) this.#told.set(of, kind);
  }

  #log(path: string): SourceHealth {
    const known = this.#logs.get(path);
    if (known) return known;
    // What a date without a zone means here and now.
    const zoneMinutes = this.#zoneMinutes ?? -new Date(this.clock.nowSec() * 1000).getTimezoneOffset();
    const log = new SourceHealth({ path, zoneMinutes });
    this.#logs.set(path, log);
    return log;
  }

  #timeOf(line: ApartLine | undefined): number | undefined {
    if (!line) return undefined;
    if (line.stamp) return line.stamp.epochSec;
    const dates = this.#dates;
    if (!dates) return undefined;
    try {
      const { text, ascii } = this.#textOf(line);
      const hit = dates.detect(text, ascii);
      return hit && dates.stamp(hit)?.epochSec;
    } catch (error) {
      if (error instanceof F2bError) return undefined;
      throw error;
    }
  }
}

const WORDS: Readonly<Record<HealthFinding['kind'], string>> = {
  silent: 'silence',
  past: 'dates',
  future: 'dates',
  undated: 'dates missing',
  unmatched: 'matches',
};
