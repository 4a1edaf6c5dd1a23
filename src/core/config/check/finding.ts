/**
 * What `f2b check` reports: one mistake with its place, what was got and expected, and what to do about it.
 *
 * Findings are values in the order they were found; the same mistake met through several jails is one finding that
 * names them all. Nothing here prints.
 */
import type { Origin } from '../../errors.js';

/** `error`: it cannot work, or does something else than is written. `warning`: it works, but probably not as meant. */
export type FindingLevel = 'error' | 'warning';

export interface Finding {
  readonly level: FindingLevel;
  /** Stable and machine readable, such as `unknown-option`. */
  readonly code: string;
  /** Undefined for what concerns the folder as a whole. */
  readonly file?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
  /** From 1, in characters of the line. */
  readonly column?: number | undefined;
  readonly message: string;
  readonly got?: string | undefined;
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
  /** The first jail it was met in; undefined for what is wrong in a file whoever uses it. */
  readonly jail?: string | undefined;
  /** All of them, when there are several. */
  readonly jails?: readonly string[] | undefined;
  /** Text that stands in no file as it is (an expanded expression), with the offset the mistake is at. */
  readonly expanded?: { readonly text: string; readonly index: number | undefined } | undefined;
}

/** Everything but level, code and message; `find` is a text to point at within the line of `origin`. */
export interface FindingDetails {
  readonly origin?: Origin | undefined;
  readonly column?: number | undefined;
  readonly find?: string | undefined;
  readonly got?: string | undefined;
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
  readonly jail?: string | undefined;
  readonly expanded?: Finding['expanded'];
}

/** `Did you mean X?`, or the other advice when nothing is near. */
export function didYouMean(name: string | undefined, otherwise?: string | undefined): string | undefined {
  return name === undefined ? otherwise : `Did you mean ${name}?`;
}

/** Collects findings, each once. */
export class FindingLog {
  readonly #findings = new Map<string, { finding: Finding; jails: string[] }>();

  readonly #byLine = new Map<string, Finding[]>();

  /** @param lineAt the text of a line, to find columns in */
  constructor(private readonly lineAt: (origin: Origin) => string | undefined) {}

  error(code: string, message: string, details: FindingDetails = {}): void {
    this.#add('error', code, message, details);
  }

  warning(code: string, message: string, details: FindingDetails = {}): void {
    this.#add('warning', code, message, details);
  }

  /** By file and line; what has no place comes first. */
  list(): Finding[] {
    const all = [...this.#findings.values()].map(({ finding, jails }) =>
      jails.length > 1 ? { ...finding, jails } : finding,
    );
    return all.sort(
      (a, b) =>
        compare(a.file ?? '', b.file ?? '') ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
  }

  /** Is a mistake of one of these kinds known at this place already? */
  has(origin: Origin | undefined, codes: readonly string[]): boolean {
    return this.at(origin).some(({ code }) => codes.includes(code));
  }

  /** What is known about a line so far. */
  at(origin: Origin | undefined): readonly Finding[] {
    return (origin && this.#byLine.get(lineId(origin))) ?? [];
  }

  #add(level: FindingLevel, code: string, message: string, details: FindingDetails): void {
    const { origin, find, jail, ...rest } = details;
    const id = [code, origin?.file, origin?.line, message].join('\n');
    const same = this.#findings.get(id);
    if (same) {
      if (jail !== undefined && !same.jails.includes(jail)) same.jails.push(jail);
      return;
    }
    const column = details.column ?? this.#columnOf(origin, find ?? details.got);
    const place = { file: origin?.file, line: origin?.line, column };
    const finding = { level, code, ...place, message, ...rest, column, jail };
    if (origin) this.#byLine.set(lineId(origin), [...this.at(origin), finding]);
    this.#findings.set(id, { finding, jails: jail === undefined ? [] : [jail] });
  }

  #columnOf(origin: Origin | undefined, text: string | undefined): number | undefined {
    if (!origin || !text) return undefined;
    const line = this.lineAt(origin);
    const at = line?.indexOf(text) ?? -1;
    return line === undefined || at === -1 ? undefined : [...line.slice(0, at)].length + 1;
  }
}

function lineId({ file, line }: Origin): string {
  return `${line} ${file}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
