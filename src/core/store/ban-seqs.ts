/**
 * Store stage: row numbers of the bans that are held. Pure, but for reading them once for each jail.
 *
 * Bans that are treated together were mostly banned together, so that their rows stand in a row: a statement about
 * `seq between ? and ?` takes a fifth of the time of one about as many ids. Only the writer uses it, who knows of every
 * change; whoever takes changes back has to `clear` it.
 */
import type { Connection, Value } from './driver.js';
import { idOf } from './rows.js';

/** A condition about `seq`. */
export interface Rows {
  readonly where: string;
  readonly params: readonly Value[];
}

/** Statements that are worth it. */
const MOST_RANGES = 8;

export class BanSeqs {
  readonly #jails = new Map<string, Map<string, number>>();

  constructor(private readonly db: Connection) {}

  /** Something that was written has been taken back. */
  clear(): void {
    this.#jails.clear();
  }

  /** All that are held in a jail. */
  load(jail: string, bans: Iterable<readonly [id: string, seq: number]>): void {
    this.#jails.set(jail, new Map(bans));
  }

  /** These were put in just now, in this order, at the end of the table. */
  added(bans: readonly { readonly jail: string; readonly id: string }[]): void {
    if (bans.length === 0) return;
    const last = Number(this.db.prepare('select max(seq) as last from bans').get([])?.['last']);
    for (const [i, { jail, id }] of bans.entries()) {
      this.#jails.get(jail)?.set(id, last - bans.length + 1 + i);
    }
  }

  removed(jail: string, ids: readonly string[]): void {
    const known = this.#jails.get(jail);
    if (known) for (const id of ids) known.delete(id);
  }

  /** Conditions that together hold for just these, as far as they are held. */
  rowsOf(jail: string, ids: readonly string[]): readonly Rows[] {
    const known = this.#of(jail);
    const seqs: number[] = [];
    let isSorted = true;
    for (const id of ids) {
      const seq = known.get(id);
      if (seq === undefined) continue;
      if (isSorted && seqs.length > 0 && seq < (seqs.at(-1) as number)) isSorted = false;
      seqs.push(seq);
    }
    if (!isSorted) seqs.sort((a, b) => a - b);
    const ranges: [first: number, last: number][] = [];
    for (const seq of seqs) {
      const range = ranges.at(-1);
      if (range && seq <= range[1] + 1) range[1] = seq;
      else if (ranges.length < MOST_RANGES) ranges.push([seq, seq]);
      else return [{ where: 'seq in (select value from json_each(?))', params: [JSON.stringify(seqs)] }];
    }
    return ranges.map((params) => ({ where: 'seq between ? and ?', params }));
  }

  #of(jail: string): ReadonlyMap<string, number> {
    const known = this.#jails.get(jail);
    if (known) return known;
    const row = this.db
      .prepare('select json_group_array(seq) as seqs, json_group_array(id) as keys from bans where jail = ?')
      .get([jail]);
    const keys = JSON.parse(row?.['keys'] as string) as string[];
    const seqs = JSON.parse(row?.['seqs'] as string) as number[];
    const read = new Map(keys.map((key, i) => [idOf(key), seqs[i] as number]));
    this.#jails.set(jail, read);
    return read;
  }
}
