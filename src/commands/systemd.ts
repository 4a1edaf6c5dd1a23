/**
 * Tells systemd how the server is (sd_notify(3)), where it asked for it: ready, stopping, and signs of life.
 *
 * Node cannot write to datagram sockets, so systemd-notify(1) does; without it, or without $NOTIFY_SOCKET, nothing
 * happens.
 */
import { startGroup } from '../core/process.js';

export interface SystemdNotify {
  ready(): void;
  stopping(): void;
}

export function systemdNotify(env: NodeJS.ProcessEnv): SystemdNotify {
  if (!env['NOTIFY_SOCKET']) return { ready: () => {}, stopping: () => {} };
  const tell = (...words: string[]) => {
    void startGroup('systemd-notify', [`--pid=${process.pid}`, ...words]).then(({ ended }) => ended);
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    ready() {
      tell('--ready');
      // Half the time that systemd gives.
      const everyMs = Number(env['WATCHDOG_USEC'] ?? 0) / 2000;
      if (everyMs > 0) timer = setInterval(() => tell('WATCHDOG=1'), everyMs).unref();
    },
    stopping() {
      clearInterval(timer);
      // The option of that name came with systemd 253.
      tell('STOPPING=1');
    },
  };
}
