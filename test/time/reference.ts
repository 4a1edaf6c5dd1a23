/**
 * The rule of choice (filter.md §2.5) as plainly as it can be written: one search after the other, nothing remembered
 * but what the rule names. Slow; the detector has to agree with it on every line.
 */
import { Pattern } from '../../src/core/pattern/pattern.js';
import type { TemplateState } from '../../src/core/time/detector.js';

interface Entry {
  readonly name: string;
  readonly anchored: boolean;
  readonly weight: number;
  readonly pattern: Pattern;
  hits: number;
  lastUsed: number;
  distance: number;
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly cut: readonly [number, number];
}

export interface ReferenceHit {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export class ReferenceDetector {
  private readonly entries: Entry[];
  private last: { entry: Entry; start: number; end: number; around: readonly string[] } | undefined;

  constructor(templates: readonly TemplateState[]) {
    this.entries = templates.map(({ template, weight }) => ({
      name: template.name,
      anchored: template.anchored,
      weight,
      pattern: Pattern.compile(template.regex),
      hits: 0,
      lastUsed: 0,
      distance: Number.POSITIVE_INFINITY,
    }));
  }

  get order(): readonly string[] {
    return this.entries.map((entry) => `${entry.name} ${entry.hits} ${weightOf(entry)}`);
  }

  detect(line: string, now: number): ReferenceHit | undefined {
    const choice = this.choose(line);
    if (!choice) return undefined;
    const [entry, found] = choice;
    entry.hits += 1;
    entry.lastUsed = now;
    entry.distance = found.start;
    if (entry !== this.last?.entry) this.moveUp(entry);
    this.last = { entry, start: found.start, end: found.end, around: around(line, found.start, found.end) };
    return { name: entry.name, start: found.cut[0], end: found.cut[1] };
  }

  private choose(line: string): [Entry, Found] | undefined {
    let candidate: [Entry, Found] | undefined;
    let tried: Entry | undefined;
    const last = this.last;
    if (last) {
      const { entry } = last;
      const inside = !entry.anchored && sameAround(last.around, around(line, last.start, last.end));
      const found = inside ? search(entry, line.slice(0, last.end), last.start) : search(entry, line, 0);
      if (found) {
        const samePlace = found.start === last.start && found.end === last.end;
        if (this.entries.length === 1 || entry.anchored || samePlace) return [entry, found];
        candidate = [entry, found];
      }
      if (!inside) tried = entry;
    }
    for (const [index, entry] of this.entries.entries()) {
      const found = entry === tried ? undefined : search(entry, line, 0);
      if (!found) continue;
      const next = this.entries[index + 1];
      if (!next || entry.anchored) return [entry, found];
      if (found.start === 0 && entry.hits > 0 && next.hits === 0) return [entry, found];
      if (found.start <= entry.distance && found.start <= (last?.start ?? 1)) return [entry, found];
      if (!candidate || found.start < candidate[1].start) candidate = [entry, found];
    }
    return candidate;
  }

  private moveUp(entry: Entry): void {
    const from = this.entries.indexOf(entry);
    if (from === 0) return;
    const unused = this.entries.findIndex((other) => other.hits === 0);
    const far = unused >= 0 && unused < from ? unused : Math.floor(from / 2);
    for (const to of [far, from - 1]) {
      const there = this.entries[to] as Entry;
      if (weightOf(entry) > weightOf(there) || there.lastUsed < entry.lastUsed - 300) {
        this.entries.splice(to, 0, ...this.entries.splice(from, 1));
        return;
      }
    }
  }
}

function search(entry: Entry, text: string, from: number): Found | undefined {
  const match = entry.pattern.search(text, false, from);
  if (!match) return undefined;
  const cut = entry.pattern.span(match, 1) ?? [match.start, match.start];
  return { start: match.start, end: match.end, cut };
}

function weightOf(entry: Entry): number {
  return (entry.hits * entry.weight) / Math.max(1, entry.distance);
}

/** The characters before and at the start, before and at the end. */
function around(line: string, start: number, end: number): readonly string[] {
  return [line.charAt(start - 1), line.charAt(start), line.charAt(end - 1), line.charAt(end)];
}

function sameAround(old: readonly string[], now: readonly string[]): boolean {
  const isSame = (outer: number, inner: number): boolean =>
    old[outer] === now[outer] || (old[inner] === now[inner] && !/^[\p{L}\p{N}]$/u.test(old[inner] ?? ''));
  return isSame(0, 1) && isSame(3, 2);
}
