/**
 * The records that jail, store and action hand to each other: who failed, who is banned, how far a log is read.
 *
 * Plain values, all of which survive JSON. Times are Unix seconds. Only the window makes `Failing`, only the ban book
 * makes and changes `Ban`; everybody else reads.
 */
import type { Family } from './net/address.js';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Who it is about: an address or network by its normal spelling, or a raw id (`family` undefined). */
export interface BanId {
  readonly id: string;
  readonly family: Family | undefined;
}

/** A log line that a failure rests on. fail2ban knows the text only. */
export interface MatchedLine {
  /** Whole line, without line end. */
  readonly text: string;
  /** The failregex that matched it: `/etc/fail2ban/filter.d/sshd.conf:31`; undefined for manual bans and imports. */
  readonly regex?: string | undefined;
}

/** Captured groups by name (`user`, `port` …), the id's own groups left out where they say nothing more. */
export type TicketData = Readonly<Record<string, Json>>;

/** `int` where the log's own stamp was one (`<time>` prints it without `.0`). */
export type TimeKind = 'float' | 'int';

/** An id that has failed, but not often enough yet. */
export interface Failing extends BanId {
  /** Time of the last failure. */
  readonly timeSec: number;
  readonly timeKind: TimeKind;
  /** From when on failures are counted: the start of the sliding window. */
  readonly sinceSec: number;
  /** What counts against maxretry: an estimate, and more than `failures` for known bad ids. */
  readonly weight: number;
  /** Failures really seen. */
  readonly failures: number;
  /** The last `maxmatches` lines. */
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
}

export interface Ban extends BanId {
  readonly jail: string;
  /** Time of the last failure; of the command for a manual ban. */
  readonly timeSec: number;
  readonly timeKind: TimeKind;
  /** Whole seconds; -1: for ever. */
  readonly banTimeSec: number;
  /** Times this id was banned in this jail, this time included. */
  readonly banCount: number;
  /** 0 for a manual ban. */
  readonly failures: number;
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
  /** Put back after a restart, a reboot or a flushed firewall: `norestored` actions pass it over. */
  readonly restored: boolean;
  readonly origin: 'log' | 'manual' | 'import';
}

/** The last moment of a ban; Infinity for a permanent one. It ends when now is later, not when it is equal. */
export function endOf({ timeSec, banTimeSec }: Pick<Ban, 'timeSec' | 'banTimeSec'>): number {
  return banTimeSec < 0 ? Number.POSITIVE_INFINITY : timeSec + banTimeSec;
}

/**
 * What one action has done about one ban. `begun`: its command was running when somebody pulled the plug, so nobody
 * knows. `skipped`: the action passes restored bans over.
 */
export interface ActionMark {
  readonly state: 'begun' | 'done' | 'failed' | 'skipped';
  /** When. */
  readonly atSec: number;
  /** What was last tried. */
  readonly step: 'ban' | 'unban';
  /** How often it was tried, this time included. */
  readonly tries: number;
  /** Why it failed: exit code and last lines, in one text. */
  readonly reason?: string | undefined;
}

/** A ban with what has become of it. Nothing may call it applied unless `isApplied` does. */
export interface HeldBan extends Ban {
  /** By name of the action. An action that is missing has not begun. */
  readonly marks: Readonly<Record<string, ActionMark>>;
  /** It is to go (expired, unbanned by hand …), but the commands that take it back have not all succeeded yet. */
  readonly leaving?: LeaveReason | undefined;
}

/** Something that follows from marks alone. Bans that were treated alike share theirs: it is worked out once for these. */
export function perMarks<T>(of: (marks: HeldBan['marks']) => T): (ban: Pick<HeldBan, 'marks'>) => T {
  const known = new Map<HeldBan['marks'], { readonly value: T }>();
  return ({ marks }) => {
    let found = known.get(marks);
    if (!found) known.set(marks, (found = { value: of(marks) }));
    return found.value;
  };
}

export type LeaveReason = 'expired' | 'manual' | 'stop' | 'removed';

/** Why a ban is not in force: nothing says it is, until every action that holds it says so. */
export function failedMarks(
  ban: Pick<HeldBan, 'marks'>,
): readonly (readonly [action: string, mark: ActionMark])[] {
  return Object.entries(ban.marks).filter(([, { state }]) => state === 'failed' || state === 'begun');
}

/** A ban of the past: history never changes, except that it grows old. */
export interface PastBan extends BanId {
  readonly jail: string;
  readonly timeSec: number;
  readonly banTimeSec: number;
  readonly banCount: number;
  readonly failures: number;
  readonly matches: readonly MatchedLine[];
  readonly data: TicketData;
  readonly origin: Ban['origin'];
  /** When it was taken back and why; undefined while it stands. */
  readonly endedSec?: number | undefined;
  readonly endedBy?: LeaveReason | undefined;
}

/** What is remembered of an id in a jail for `bantime.increment`: the latest ban. */
export interface Reputation extends BanId {
  readonly jail: string;
  readonly timeSec: number;
  readonly banTimeSec: number;
  readonly banCount: number;
}

/** How far a log has been read, and by what it is known again after it was renamed or truncated. */
export interface LogPosition {
  /** Absolute path, or `systemd-journal`. */
  readonly path: string;
  readonly device?: number | undefined;
  readonly inode?: number | undefined;
  /** Bytes up to and including the last line that was read. */
  readonly offsetBytes: number;
  /** SHA-1 (hex) of the first line with its newline, as fail2ban keeps it; empty while there is none. */
  readonly firstLineHash: string;
  /** SHA-1 (hex) of the up to 256 bytes before `offsetBytes`; empty at the start. */
  readonly tailHash: string;
  /** SHA-1 (hex) of the first KiB; empty or undefined while the file is shorter. */
  readonly headHash?: string | undefined;
  /** Journals: `__CURSOR` of the last entry. */
  readonly cursor?: string | undefined;
  /** Time of the last dated line. */
  readonly lastSec?: number | undefined;
  /** What the log was before its last rotation; null: nothing. Undefined: not known (it comes from fail2ban). */
  readonly rotated?: RotatedPosition | null | undefined;
}

/** The file that came before a log: late lines may still reach it, and whatever is newer has not been read. */
export interface RotatedPosition {
  /** Where it was last. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** As in LogPosition; -1: all of it, whatever its length (packed when it was first seen). */
  readonly offsetBytes: number;
  readonly firstLineHash: string;
  readonly tailHash: string;
  /** Last change of its content, in milliseconds. */
  readonly modifiedMs: number;
}
