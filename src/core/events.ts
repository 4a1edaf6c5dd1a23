/**
 * What core has to say while it works, as records: the daemon writes them to its log, `f2b scan` shows some of them.
 *
 * Wording, level and logger are fail2ban's where fail2ban has such a line (client.md §7), because recidive, logwatch
 * and people's greps read it.
 */

/** fail2ban's levels with Python's numbers. */
export const LEVELS = {
  CRITICAL: 50,
  ERROR: 40,
  WARNING: 30,
  NOTICE: 25,
  INFO: 20,
  MSG: 18,
  DEBUG: 10,
  TRACEDEBUG: 7,
  HEAVYDEBUG: 5,
} as const;

export type Level = keyof typeof LEVELS;

export interface LogRecord {
  readonly level: Level;
  /** What stands behind `fail2ban.`: `actions`, `filter`, `jail`, `observer`, `utils` … */
  readonly logger: string;
  readonly message: string;
}

export type Log = (record: LogRecord) => void;

/** For who does not listen. */
export const noLog: Log = () => {};
