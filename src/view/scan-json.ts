/**
 * View: what a scan did, for programs. The shape is schemas/scan.json.
 */
import { endOf, type HeldBan } from '../core/records.js';
import type { ScanReport } from '../core/scan/scan.js';
import type { ScanProblem } from '../core/scan/scan-jail.js';

/** Times are Unix seconds. */
export interface ScanJson {
  dryRun: boolean;
  jails: JailScanJson[];
}

export interface JailScanJson {
  jail: string;
  logs: { path: string; lines: number; notices: string[] }[];
  failures: number;
  ignored: { id: string; failures: number }[];
  banned: ScanBanJson[];
  prolonged: ScanBanJson[];
  unbanned: ScanBanJson[];
  /** Bans that the firewall had lost and that were put back. */
  restored: number;
  /** Bans that are not in force (`not-applied`) or still are (`not-lifted`). */
  unsettled: {
    id: string;
    what: 'not-applied' | 'not-lifted';
    actions: { action: string; reason: string }[];
  }[];
  problems: { of: string; message: string; hint?: string }[];
  notices: string[];
}

export interface ScanBanJson {
  id: string;
  family: 'inet4' | 'inet6' | null;
  timeSec: number;
  /** null: for ever. */
  untilSec: number | null;
  banCount: number;
  failures: number;
  matches: { text: string; regex: string | null }[];
}

export function scanAsJson({ dryRun, jails }: ScanReport): ScanJson {
  return {
    dryRun,
    jails: jails.map(({ ignored, banned, prolonged, unbanned, unsettled, problems, ...scan }) => ({
      jail: scan.jail,
      logs: scan.logs.map(({ path, lines, notices }) => ({ path, lines, notices: [...notices] })),
      failures: scan.failures,
      ignored: [...ignored].map(([id, failures]) => ({ id, failures })),
      banned: banned.map(banAsJson),
      prolonged: prolonged.map(banAsJson),
      unbanned: unbanned.map(banAsJson),
      restored: scan.restored,
      unsettled: unsettled.map(({ ban, what, actions }) => ({ id: ban.id, what, actions: [...actions] })),
      problems: problems.map(problemAsJson),
      notices: [...scan.notices],
    })),
  };
}

export function banAsJson(ban: HeldBan): ScanBanJson {
  const end = endOf(ban);
  return {
    id: ban.id,
    family: ban.family ?? null,
    timeSec: ban.timeSec,
    untilSec: Number.isFinite(end) ? end : null,
    banCount: ban.banCount,
    failures: ban.failures,
    matches: ban.matches.map(({ text, regex }) => ({ text, regex: regex ?? null })),
  };
}

function problemAsJson({ of, message, hint }: ScanProblem): { of: string; message: string; hint?: string } {
  return { of, message, ...(hint === undefined ? {} : { hint }) };
}
