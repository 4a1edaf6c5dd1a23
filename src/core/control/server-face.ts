/**
 * Control stage: what the desk sees of the server it stands in. Without a server there is none.
 */
import type { Value } from './values.js';

export interface ReloadRequest {
  /** This jail only. */
  readonly jail?: string | undefined;
  /** Stop and start instead of swapping. */
  readonly restart?: boolean | undefined;
  /** Let everybody go. */
  readonly unban?: boolean | undefined;
  /** No mistake when there is no such jail. */
  readonly ifExists?: boolean | undefined;
  /** The configuration as the client has read it, command by command, instead of the server's own. */
  readonly stream?: readonly Value[] | undefined;
}

/** What a person should know of the server and its jails beyond what fail2ban's answers can say. */
export interface ServerHealth {
  readonly pid: number;
  /** Unix time. */
  readonly startedSec: number;
  /** f2b's own version. */
  readonly version: string;
  /** Of the configuration, but they do not run. */
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** How often the thread that matches lines had to be started anew. */
  readonly matcherRestarts: number;
  /** About the server as a whole: a log or a store that cannot be written, a clock that was set. */
  readonly problems: readonly Problem[];
  readonly jails: readonly JailHealth[];
}

/** `of`: a log, an action, the filter, the store … */
export interface Problem {
  readonly of: string;
  readonly message: string;
}

export interface JailHealth {
  readonly name: string;
  readonly state: 'draft' | 'stopped' | 'starting' | 'running' | 'stopping';
  readonly idle: boolean;
  /** Logs that are read now. */
  readonly logs: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ServerFace {
  readonly logLevel: string;
  /** Without its options. */
  readonly logTarget: string;
  readonly syslogSocket: string;
  /** @throws {F2bError} there is no such level */
  setLogLevel(text: string): void;
  /** @throws {F2bError} it cannot be written */
  setLogTarget(text: string): void;
  /** Default: it cannot be changed. */
  setSyslogSocket?(text: string): void;
  /** The log was rotated. */
  flushLogs(): 'rolled over' | 'flushed';
  /** Reads the configuration anew and swaps. @throws {F2bError} what is wrong with it */
  reload(request: ReloadRequest): Promise<void>;
  /** A jail that is made by commands: nothing runs before `startJail`. @throws {F2bError} there is one already */
  addJail(name: string, backend: string): void;
  startJail(name: string): Promise<void>;
  stopJail(name: string): Promise<void>;
  /** Ends the server; done when its jails are. `keep`: rules and bans stay for whoever goes on from here. */
  stop(keep?: boolean): Promise<void> | void;
  /** A client could not read all of its configuration. */
  configError?(message: string): void;
  /** @throws {F2bError} it is in use, or cannot be opened */
  setDatabase?(file: string): Promise<void>;
  health?(): ServerHealth;
}
