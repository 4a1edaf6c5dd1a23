/**
 * Opens a control desk for the length of one command: configuration → store → jails, as they were left.
 *
 * Who only looks takes no lock and waits for nobody. Who changes something has the store for itself until `close`.
 * Opening a jail runs no command and reads no log.
 */
import type { LoadedConfig } from '../core/config/index.js';
import { applyOverrides, Desk, GLOBAL_OVERRIDES, globalsOf, overridePlan } from '../core/control/index.js';
import { noLog } from '../core/events.js';
import type { Jail } from '../core/jail/jail.js';
import { isRebooted, noteBoot, openJail } from '../core/jail/open-jail.js';
import { FAIL2BAN_VERSION, localeEncoding } from './settings.js';
import { openWorld, openWorldToRead } from './world.js';

export interface OpenDeskOptions {
  /** `-c` */
  readonly config: string | undefined;
  /** Folder of the package. */
  readonly root: string;
  /** Something may be changed. */
  readonly writes: boolean;
  /** How long to wait for another f2b that writes. */
  readonly waitSec?: number | undefined;
  /** What another f2b is told that has to wait: `f2b set sshd banip`. */
  readonly command: string;
}

export interface OpenDesk {
  readonly desk: Desk;
  readonly config: LoadedConfig;
  /** Changes made by hand that no longer make sense, as sentences. */
  readonly notices: readonly string[];
  close(): void;
}

/** @throws {F2bError} the configuration cannot be used, or the store cannot be had */
export async function openDesk(options: OpenDeskOptions): Promise<OpenDesk> {
  const { writes, waitSec, ...request } = options;
  const {
    world: outside,
    config,
    close,
  } = await (writes ? openWorld(request, waitSec) : openWorldToRead(request));
  // Who only looks leaves no trace in the log either.
  const world = writes ? outside : { ...outside, log: noLog };
  try {
    const { store, clock, resolver } = world;
    const notices: string[] = [];
    const jails = new Map<string, Jail>();
    for (const plan of config.jails) {
      const overrides = store.overrides(plan.name);
      const changed = overridePlan(plan, overrides, (name, message) =>
        notices.push(`${plan.name}: ${name}, changed by hand, is left out: ${message}`),
      );
      const jail = openJail(changed, world);
      applyOverrides(jail, overrides);
      jails.set(plan.name, jail);
    }
    const desk = new Desk({
      ...{ clock, resolver, jails, store },
      version: FAIL2BAN_VERSION,
      globals: globalsOf(config.global, store.overrides(GLOBAL_OVERRIDES)),
      localeEncoding: localeEncoding(process.env),
      disabled: config.disabled,
      skipped: config.skipped,
      onSettle: async ({ name }) => {
        const rebooted = isRebooted(name, world);
        // After a reboot nothing of what stood before stands.
        if (rebooted) jails.get(name)?.restoreAll();
        await jails.get(name)?.settleFormer(rebooted);
        noteBoot(name, world);
      },
    });
    return { desk, config, notices, close };
  } catch (error) {
    close();
    throw error;
  }
}
