/**
 * Jail stage: makes the firewall agree with the ban book, and knows at any moment what is certain.
 *
 * Bans that are owed and bans that are leaving → commands (action stage) → marks, on disk before and after each
 * command. Killed anywhere, the next start finds `begun` marks, whose commands are done over. A command that fails
 * leaves its ban owed: visible, and tried again by the next `settle`. Changes marks, and ends bans that have left;
 * everything else about a ban is the book's.
 */
import type { ActionJournal, ActionOutcome, ActionStep, JailActions } from '../action/actions.js';
import type { Clock } from '../clock.js';
import { type ActionMark, type HeldBan, type LeaveReason, perMarks } from '../records.js';
import type { Store } from '../store/store.js';
import type { BanBook } from './ban-book.js';

export interface EnforcerOptions {
  readonly jail: string;
  readonly store: Store;
  readonly book: BanBook;
  readonly clock: Clock;
  readonly bootId: string;
}

export class Enforcer implements ActionJournal {
  readonly #options: EnforcerOptions;
  /** Ids that some action owes something. */
  readonly #owed = new Set<string>();
  /** By action: bans that it had and the firewall lost. */
  readonly #lost = new Map<string, Set<string>>();
  #actions: JailActions | undefined;
  #isAwaited = false;

  constructor(options: EnforcerOptions) {
    this.#options = options;
    for (const { id } of heldIn(options.book)) this.#owed.add(id);
  }

  /** The actions, which are opened with this enforcer as their journal. */
  attach(actions: JailActions): void {
    this.#actions = actions;
  }

  get actions(): JailActions {
    if (!this.#actions) throw new Error('the enforcer has no actions yet');
    return this.#actions;
  }

  /** This ban is new, was changed, or is to leave: the next `settle` sees to it. */
  owe(id: string): void {
    this.#owed.add(id);
    this.#isAwaited = true;
  }

  /** The actions are other ones: every ban may owe them something. */
  oweAll(): void {
    for (const { id } of heldIn(this.#options.book)) this.#owed.add(id);
  }

  /** These actions are not asked for bans that stand. */
  passOver(actions: readonly string[]): void {
    const { book, clock } = this.#options;
    const atSec = clock.nowSec();
    for (const action of actions) {
      const bans = book.list().filter(({ marks }) => marks[action] === undefined);
      const mark: ActionMark = { state: 'skipped', step: 'ban', atSec, tries: 0 };
      this.#mark(
        action,
        bans.map(({ id }) => [id, mark]),
      );
    }
  }

  // ── journal ──

  /** Something has come to be owed since `settle` began: whoever owes it calls that again. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  begin(action: string, step: ActionStep, ids: readonly string[]): void {
    if (step === 'prolong') return;
    const atSec = this.#options.clock.nowSec();
    const kind = step === 'unban' ? 'unban' : 'ban';
    const sharing = new SharedMarks({ step: kind, atSec });
    this.#mark(
      action,
      ids.map((id) => {
        const before = this.#options.book.find(id)?.marks[action];
        const tries = before?.step === kind ? before.tries + 1 : 1;
        return [id, sharing.of('begun', tries)];
      }),
    );
  }

  end(action: string, step: ActionStep, outcomes: readonly ActionOutcome[]): void {
    if (step === 'prolong') return;
    const atSec = this.#options.clock.nowSec();
    const kind = step === 'unban' ? 'unban' : 'ban';
    const sharing = new SharedMarks({ step: kind, atSec });
    this.#mark(
      action,
      outcomes.map(({ id, ok, skipped, reason }) => {
        if (ok && kind === 'unban') return [id, undefined];
        const tries = this.#options.book.find(id)?.marks[action]?.tries ?? 1;
        return [id, sharing.of(ok ? (skipped ? 'skipped' : 'done') : 'failed', tries, reason)];
      }),
    );
  }

  family(action: string, family: string, state: 'starting' | 'started' | undefined): void {
    const { store, jail, bootId } = this.#options;
    store.transaction(() => store.saveFamily(jail, action, family, state && { state, bootId }));
  }

  #mark(action: string, marks: readonly (readonly [string, ActionMark | undefined])[]): void {
    const { store, jail, book } = this.#options;
    store.transaction(() => store.markBans(jail, action, marks));
    book.mark(action, marks);
  }

  // ── the work ──

  /** After a reboot nothing is in force: what stood has to be put back, and nobody gets a second mail. */
  distrustAll(): void {
    const { store, jail, book, clock } = this.#options;
    const sharing = new SharedMarks({ step: 'ban', atSec: clock.nowSec() });
    const doubts = new Map<string, [string, ActionMark][]>();
    for (const { id, marks } of heldIn(book)) {
      for (const [action, { state, tries }] of Object.entries(marks)) {
        if (state === 'skipped') continue;
        const list = doubts.get(action) ?? [];
        list.push([id, sharing.of('begun', tries)]);
        doubts.set(action, list);
      }
      this.#owed.add(id);
    }
    store.transaction(() => {
      for (const [action, marks] of doubts) store.markBans(jail, action, marks);
    });
    for (const [action, marks] of doubts) book.mark(action, marks);
  }

  /** The rules of an action were gone and stand again, but empty: its bans are owed to it once more. */
  lost(action: string, family: string): void {
    const lost = this.#options.book
      .list()
      .filter((ban) => isIn(ban, family) && ban.marks[action]?.state === 'done')
      .map(({ id }) => id);
    this.#rebanned(action, lost);
  }

  /** These actions let go of all they hold and are stopped; the bans stand. */
  async drop(names: readonly string[]): Promise<void> {
    const { book } = this.#options;
    for (const name of names) {
      const held = heldIn(book).filter(({ marks }) => marks[name] !== undefined && holds(marks[name]));
      if (held.length === 0) continue;
      await this.actions.unban(held, 'removed', [name]);
      const stuck = new Set(await this.#stuck(held, [name]));
      const gone = held.filter((ban) => !stuck.has(ban));
      this.#mark(
        name,
        gone.map(({ id }) => [id, undefined]),
      );
    }
    await this.actions.stop(names);
  }

  /** Nothing of what these actions did stands any more (a reboot), and they are not asked again. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      const held = heldIn(this.#options.book).filter(({ marks }) => marks[name] !== undefined);
      this.#mark(
        name,
        held.map(({ id }) => [id, undefined]),
      );
    }
  }

  /** Actions that have done something about bans, or may have. */
  holders(): ReadonlySet<string> {
    const { book } = this.#options;
    return new Set(heldIn(book).flatMap(({ marks }) => Object.keys(marks)));
  }

  /** Bans that the firewall no longer has although its rules stand (somebody took them out by hand) are put back. */
  async reconcile(): Promise<void> {
    const doneBy = perMarks((marks) => Object.keys(marks).filter((name) => marks[name]?.state === 'done'));
    // What is known to be lost need not be looked for.
    const standing = this.#options.book
      .list()
      .filter((ban) => doneBy(ban).some((action) => !this.#lost.get(action)?.has(ban.id)));
    if (standing.length === 0) return;
    const found = await this.actions.verify(standing);
    for (const action of this.actions.names) {
      const lost = standing
        .filter(({ id, marks }) => {
          return marks[action]?.state === 'done' && found.get(id)?.get(action) === 'absent';
        })
        .map(({ id }) => id);
      this.#rebanned(action, lost);
    }
  }

  get isOwing(): boolean {
    return this.#owed.size > 0;
  }

  /** Bans that the next `settle` puts back. */
  get lostCount(): number {
    return [...this.#lost.values()].reduce((sum, ids) => sum + ids.size, 0);
  }

  #rebanned(action: string, ids: readonly string[]): void {
    if (ids.length === 0) return;
    const lost = this.#lost.get(action) ?? new Set();
    for (const id of ids) lost.add(id);
    this.#lost.set(action, lost);
  }

  /** Runs the commands that are owed: first what lets somebody back in, then what keeps somebody out. */
  async settle(): Promise<void> {
    const { book } = this.#options;
    const leaving: HeldBan[] = [];
    const standing: HeldBan[] = [];
    for (const id of this.#owed) {
      const ban = book.find(id);
      if (ban) (ban.leaving === undefined ? standing : leaving).push(ban);
    }
    this.#owed.clear();
    this.#isAwaited = false;
    await this.#takeBack(leaving);
    await this.#putBack();
    await this.#apply(standing);
  }

  async #putBack(): Promise<void> {
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const [action, ids] of lost) {
      const bans: HeldBan[] = [];
      for (const id of ids) {
        const ban = this.#options.book.get(id);
        if (ban) bans.push(ban);
      }
      if (bans.length > 0) await this.actions.reban(bans, [action]);
    }
  }

  async #takeBack(leaving: readonly HeldBan[]): Promise<void> {
    if (leaving.length === 0) return;
    const { book } = this.#options;
    const isEverything = leaving.length > 1 && book.size === 0;
    for (const [reason, bans] of groupBy(leaving, (ban) => ban.leaving as LeaveReason)) {
      // What was never begun has nothing to be taken back.
      const held = bans.filter(perMarks((marks) => Object.values(marks).some(holds)));
      if (isEverything && held.length === leaving.length) await this.actions.flush(held, reason);
      else {
        for (const [, group] of groupBy(held, perMarks(heldBy))) {
          await this.actions.unban(group, reason, holdersOf((group[0] as HeldBan).marks));
        }
      }
      await this.#end(bans, reason);
    }
  }

  /** Bans end once no action has them any more; the others stay owed. */
  async #end(bans: readonly HeldBan[], reason: LeaveReason): Promise<void> {
    const { store, jail, book, clock } = this.#options;
    const stuck = new Set(await this.#stuck(bans));
    const left = bans.filter((ban) => !stuck.has(ban)).map(({ id }) => id);
    store.transaction(() => store.endBans(jail, left, { atSec: clock.nowSec(), by: reason }));
    book.end(left);
    for (const { id } of stuck) this.#owed.add(id);
  }

  /** Of bans that were to be taken back, as they were before: those that some action still has, or may have. */
  async #stuck(bans: readonly HeldBan[], only?: readonly string[]): Promise<readonly HeldBan[]> {
    const failedIn = ({ id }: HeldBan) =>
      Object.entries(this.#options.book.find(id)?.marks ?? {}).flatMap(([name, mark]) =>
        holds(mark) && (only?.includes(name) ?? true) ? [name] : [],
      );
    const failed = bans.filter((ban) => failedIn(ban).length > 0);
    if (failed.length === 0) return [];
    const found = await this.actions.verify(failed);
    return failed.filter((ban) =>
      failedIn(ban).some((action) => {
        const presence = found.get(ban.id)?.get(action);
        // A ban whose own command had failed or was cut off may never have been there: then its unban fails rightly.
        return wasCertain(ban.marks[action]) ? presence !== 'absent' : presence === 'present';
      }),
    );
  }

  async #apply(standing: readonly HeldBan[]): Promise<void> {
    const names = this.actions.names;
    const unsure = perMarks((marks) => names.filter((action) => marks[action]?.state === 'begun').join('\n'));
    const missing = perMarks((marks) =>
      names.filter((action) => marks[action] === undefined || marks[action].state === 'failed').join('\n'),
    );
    for (const [actions, bans] of groupBy(standing, unsure)) {
      if (actions !== '') await this.actions.redo(bans, actions.split('\n'));
    }
    for (const [actions, bans] of groupBy(standing, missing)) {
      if (actions !== '') await this.actions.ban(bans, actions.split('\n'));
    }
    for (const { id } of standing) {
      const ban = this.#options.book.find(id);
      if (ban && missing(ban) !== '') this.#owed.add(id);
    }
  }
}

/** Marks of one moment. Most are the same: one object for all of these, cheap to make, to keep and to write down. */
class SharedMarks {
  readonly #made = new Map<string, ActionMark>();

  constructor(private readonly common: Pick<ActionMark, 'step' | 'atSec'>) {}

  of(state: ActionMark['state'], tries: number, reason?: string | undefined): ActionMark {
    const key = reason === undefined ? `${state} ${tries}` : `${state} ${tries} ${reason}`;
    let mark = this.#made.get(key);
    if (!mark) {
      mark = { state, ...this.common, tries, ...(reason === undefined ? {} : { reason }) };
      this.#made.set(key, mark);
    }
    return mark;
  }
}

/** Is something of it in this action, as far as anybody knows? */
function holds({ state }: ActionMark): boolean {
  return state !== 'skipped';
}

/** It was in this action beyond doubt: its ban had succeeded, whatever came of taking it back so far. */
function wasCertain(mark: ActionMark | undefined): boolean {
  return mark?.state === 'done' || (mark?.state === 'failed' && mark.step === 'unban');
}

function holdersOf(marks: HeldBan['marks']): string[] {
  return Object.entries(marks)
    .filter(([, mark]) => holds(mark))
    .map(([action]) => action);
}

function heldBy(marks: HeldBan['marks']): string {
  return holdersOf(marks).join('\n');
}

function isIn({ family }: HeldBan, of: string): boolean {
  return of === '' || family === undefined || family === of;
}

function heldIn(book: BanBook): readonly HeldBan[] {
  return [...book.leaving(), ...book.list()];
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
