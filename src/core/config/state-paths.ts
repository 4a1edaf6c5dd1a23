/**
 * Who runs f2b, and where he keeps things → the files that f2b itself writes, where no configuration names others.
 *
 * root: /var/lib/f2b, /run/f2b, /var/log. Everybody else: the folders of the XDG base directory specification, by whose
 * rules a relative path in one of its variables counts as none. Nothing is created here, and the environment is handed in.
 */
import { isAbsolute, join } from 'node:path';

/** What decides about the places: the effective user, and what his environment says. */
export interface StateOwner {
  /** 0 is root; undefined where the system has no such numbers. */
  readonly uid: number | undefined;
  /** His home folder. */
  readonly home: string;
  /** $XDG_STATE_HOME */
  readonly stateHome?: string | undefined;
  /** $XDG_RUNTIME_DIR, which a cron job mostly lacks: socket and pid file are then kept with the state. */
  readonly runtimeDir?: string | undefined;
}

/** Defaults of the options of the same names in fail2ban.conf and f2b.conf. */
export interface StatePaths {
  readonly dbfile: string;
  readonly socket: string;
  readonly pidfile: string;
  readonly logtarget: string;
}

export function statePaths({ uid, home, stateHome, runtimeDir }: StateOwner): StatePaths {
  if (uid === 0) return { ...pathsIn('/var/lib/f2b', '/run/f2b'), logtarget: '/var/log/f2b.log' };
  const state = join(absolute(stateHome) ?? join(home, '.local/state'), 'f2b');
  const run = absolute(runtimeDir);
  return {
    ...pathsIn(state, run === undefined ? state : join(run, 'f2b')),
    logtarget: join(state, 'f2b.log'),
  };
}

function pathsIn(state: string, run: string): Omit<StatePaths, 'logtarget'> {
  return { dbfile: join(state, 'f2b.sqlite3'), socket: join(run, 'f2b.sock'), pidfile: join(run, 'f2b.pid') };
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
