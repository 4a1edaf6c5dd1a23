/**
 * What a command takes from its surroundings: versions, the package's folder, the user's locale, the terminal.
 * The only place that reads the environment; core is handed the answers.
 */
import { homedir, networkInterfaces } from 'node:os';
import type { StateOwner } from '../core/config/index.js';

declare const __F2B_VERSION__: string | undefined;

/** f2b's own version, put in by the build. */
export const F2B_VERSION = typeof __F2B_VERSION__ === 'undefined' ? '0.0.0-dev' : __F2B_VERSION__;
/** The fail2ban that f2b behaves as, and its short form (`-V`). */
export const FAIL2BAN_VERSION = '1.1.2.dev1';
export const FAIL2BAN_SHORT_VERSION = '1.1.2.1';

/**
 * The encoding of the user's locale by Python's name for it, which fail2ban prints: `UTF-8` in a UTF-8 locale and in
 * none at all, `utf-8` where C was asked for, else what stands behind the dot.
 */
export function localeEncoding(env: NodeJS.ProcessEnv): string {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  if (env['LC_ALL'] === 'C' || env['LC_ALL'] === 'POSIX') return 'utf-8';
  const codeset = /\.([^@]+)/.exec(locale)?.[1];
  return codeset === undefined || /^utf-?8$/i.test(codeset) ? 'UTF-8' : codeset;
}

/** Whose state it is; `statePaths` of core says where that leads. The home is the account's where $HOME is not set. */
export function stateOwner(env: NodeJS.ProcessEnv): StateOwner {
  return {
    uid: process.geteuid?.(),
    home: homedir(),
    stateHome: env['XDG_STATE_HOME'],
    runtimeDir: env['XDG_RUNTIME_DIR'],
  };
}

/** Does the machine use IPv6? Then names are looked up in it too. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family, internal }) => family === 'IPv6' && !internal),
  );
}

/** 0 where NO_COLOR asks for it or the stream is no terminal; FORCE_COLOR wins. */
export function colorLevel(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): 0 | 1 | 2 | 3 {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 0 : 1;
  if (env['NO_COLOR'] || env['TERM'] === 'dumb' || !stream.isTTY) return 0;
  const depth = stream.getColorDepth(env);
  return depth >= 24 ? 3 : depth >= 8 ? 2 : 1;
}
