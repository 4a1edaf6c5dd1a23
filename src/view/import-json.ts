/**
 * View: what an import took over, for programs. The shape is schemas/import.json.
 */
import { endOf } from '../core/records.js';
import type { ImportReport } from '../core/store/import-fail2ban.js';

/** Times are Unix seconds. */
export interface ImportJson {
  /** fail2ban's database. */
  file: string;
  /** Of its layout. */
  version: number;
  dryRun: boolean;
  jails: JailImportJson[];
}

export interface JailImportJson {
  jail: string;
  /** In force; the next scan carries them out. */
  bans: {
    id: string;
    /** null: a raw id. */
    family: 'inet4' | 'inet6' | null;
    since: number;
    /** null: for ever. */
    until: number | null;
    /** Times it was banned in this jail, this time included. */
    count: number;
    failures: number;
  }[];
  /** Entries of history taken, those of `bans` among them. */
  history: number;
  positions: { path: string; offsetBytes: number }[];
  /** What was there already. */
  known: { history: number; positions: number };
  skipped: { what: 'ban' | 'history' | 'position'; name: string; reason: string }[];
}

export function importAsJson({ path, version, jails }: ImportReport, dryRun: boolean): ImportJson {
  return {
    file: path,
    version,
    dryRun,
    jails: jails.map(({ jail, bans, history, positions, known, skipped }) => ({
      jail,
      bans: bans.map((ban) => ({
        id: ban.id,
        family: ban.family ?? null,
        since: ban.timeSec,
        until: ban.banTimeSec < 0 ? null : endOf(ban),
        count: ban.banCount,
        failures: ban.failures,
      })),
      history,
      positions: positions.map(({ path: log, offsetBytes }) => ({ path: log, offsetBytes })),
      known: { ...known },
      skipped: skipped.map((one) => ({ ...one })),
    })),
  };
}
