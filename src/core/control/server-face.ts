/**
 * Control stage: what the desk sees of the server it stands in. Without a server there is none.
 */

export interface ReloadRequest {
  /** This jail only. */
  readonly jail?: string | undefined;
  /** Stop and start instead of swapping. */
  readonly restart?: boolean | undefined;
  /** Let everybody go. */
  readonly unban?: boolean | undefined;
  /** No mistake when there is no such jail. */
  readonly ifExists?: boolean | undefined;
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
  /** Ends the server, behind the answer. `keep`: rules and bans stay for whoever goes on from here. */
  stop(keep?: boolean): void;
}
