/** Options of the commands that start a server. */
import * as Flags from '@oclif/core/flags';

export const SERVER_FLAGS = {
  config: Flags.string({
    char: 'c',
    aliases: ['conf'],
    helpValue: 'DIR',
    summary: 'folder of the configuration (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban)',
  }),
  socket: Flags.string({ char: 's', helpValue: 'FILE', summary: 'socket, instead of the configured one' }),
  pidfile: Flags.string({
    char: 'p',
    helpValue: 'FILE',
    summary: 'pid file, instead of the configured one',
  }),
  loglevel: Flags.string({ helpValue: 'LEVEL', summary: 'log level, instead of the configured one' }),
  logtarget: Flags.string({ helpValue: 'TARGET', summary: 'log target, instead of the configured one' }),
  syslogsocket: Flags.string({
    helpValue: 'SOCKET',
    summary: 'syslog socket, instead of the configured one',
  }),
  force: Flags.boolean({ char: 'x', summary: 'take over a socket that nobody listens on' }),
};

/** Without what was not given. */
export function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
